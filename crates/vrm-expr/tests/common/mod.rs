//! An intent as the tests see it: alice asks for a dishwasher near Berlin.

#![allow(clippy::unwrap_used, dead_code, missing_docs, unreachable_pub)]

use vrm_core::value::{Area, Category, Money, PriceBand, Quantity, Timestamp};
use vrm_expr::{Map, Question, Schema, Scope, Type, Value};

pub fn schema() -> Schema {
    Schema::new()
        .field("function", Type::String)
        .field("categories", Type::list(Type::String))
        .field("title", Type::String)
        .field("condition", Type::list(Type::String))
        .field("area.geohash", Type::String)
        .field("area.radius", Type::Int)
        .optional("quantity", Type::Quantity)
        .optional("budget.min", Type::Money)
        .optional("budget.max", Type::Money)
        .optional("by", Type::Timestamp)
        .field("terms", Type::list(Type::String))
        .field("created", Type::Timestamp)
        .field("expires", Type::Timestamp)
        .optional("props", Type::map(Type::Dyn))
        .field("items", Type::list(Type::record([("name", Type::String), ("price", Type::Money)])))
        .answers(Question::Within)
        .answers(Question::Category)
        .answers(Question::Accepts)
        .answers(Question::Age)
        .function("stock", [Type::String], Type::Int)
}

pub struct Intent {
    pub function: &'static str,
    pub title: String,
    pub categories: Vec<Category>,
    pub condition: Vec<&'static str>,
    pub area: Area,
    pub quantity: Option<Quantity>,
    pub budget: Option<PriceBand>,
    pub by: Option<Timestamp>,
    pub terms: Vec<&'static str>,
    pub created: Timestamp,
    pub expires: Timestamp,
    pub props: Option<Vec<(&'static str, Value<'static>)>>,
    pub items: Vec<(&'static str, Money)>,
    pub now: Timestamp,
}

/// Alice buys a dishwasher for 400 to 600 EUR; it is noon of the day after.
pub fn alice() -> Intent {
    Intent {
        function: "buy",
        title: "Mid-size dishwasher, quiet".to_owned(),
        categories: vec!["x:home/kitchen/dishwasher".parse().unwrap(), "gpc:10001234".parse().unwrap()],
        condition: vec!["new", "refurbished"],
        area: "u33d+50km".parse().unwrap(),
        quantity: Some("1".parse().unwrap()),
        budget: Some("400..600EUR".parse().unwrap()),
        by: None,
        terms: vec!["PDC-INTENT", "SD-BASE"],
        created: "2026-03-01T12:00:00Z".parse().unwrap(),
        expires: "2026-03-08T12:00:00Z".parse().unwrap(),
        props: Some(vec![
            ("colour", Value::text("white")),
            ("width_cm", Value::Int(45)),
            ("built_in", Value::Bool(true)),
        ]),
        items: vec![("machine", "549 EUR".parse().unwrap()), ("hose", "12.50 EUR".parse().unwrap())],
        now: "2026-03-02T12:00:00Z".parse().unwrap(),
    }
}

impl Scope for Intent {
    fn get(&self, path: &str) -> Option<Value<'_>> {
        Some(match path {
            "function" => Value::text(self.function),
            "title" => Value::text(&self.title),
            "categories" => {
                Value::List(self.categories.iter().map(|c| Value::Str(c.to_string().into())).collect())
            }
            "condition" => Value::texts(self.condition.iter().copied()),
            "area.geohash" => Value::Str(self.area.geohash()?.to_string().into()),
            "area.radius" => Value::Int(i64::from(self.area.radius_km())),
            "quantity" => Value::Quantity(self.quantity?),
            "budget.min" => Value::Money(self.budget?.min()),
            "budget.max" => Value::Money(self.budget?.max()),
            "by" => Value::Timestamp(self.by?),
            "terms" => Value::texts(self.terms.iter().copied()),
            "created" => Value::Timestamp(self.created),
            "expires" => Value::Timestamp(self.expires),
            "props" => {
                let entry = |(key, value): &(&'static str, Value<'static>)| ((*key).into(), value.clone());
                Value::Map(self.props.as_ref()?.iter().map(entry).collect())
            }
            "items" => {
                let item = |(name, price): &(&'static str, Money)| -> Map<'_> {
                    [("name".into(), Value::text(name)), ("price".into(), Value::Money(*price))]
                        .into_iter()
                        .collect()
                };
                Value::List(self.items.iter().map(|found| Value::Map(item(found))).collect())
            }
            _ => return None,
        })
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn areas(&self) -> &[Area] {
        std::slice::from_ref(&self.area)
    }

    fn categories(&self) -> &[Category] {
        &self.categories
    }

    fn accepts(&self, agreement: &str) -> bool {
        self.terms.contains(&agreement)
    }

    fn created(&self) -> Option<Timestamp> {
        Some(self.created)
    }

    fn call(&self, function: &str, arguments: &[Value<'_>]) -> Option<Value<'_>> {
        match (function, arguments) {
            ("stock", [Value::Str(name)]) => Some(Value::Int(i64::try_from(name.len()).ok()?)),
            _ => None,
        }
    }
}
