//! What a filter may ask of an intent: the schema, and an intent that answers.
//!
//! Knows: the public fields of an intent by the names that `docs/reference/expressions.md` lists.
//! Must not know: filters, or anything private about an intent.

use std::borrow::Cow;
use std::sync::LazyLock;

use vrm_core::Signed;
use vrm_core::object::{Intent, Scalar};
use vrm_core::value::{Area, Category, Timestamp};
use vrm_expr::{Question, Schema, Scope, Type, Value};

/// The schema of intents.
#[must_use]
pub fn schema() -> &'static Schema {
    static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
        Schema::new()
            .field("function", Type::String)
            .field("title", Type::String)
            .field("categories", Type::list(Type::String))
            .field("condition", Type::list(Type::String))
            .field("quantity", Type::Quantity)
            .field("terms", Type::list(Type::String))
            .field("created", Type::Timestamp)
            .field("expires", Type::Timestamp)
            .field("cap", Type::Int)
            .field("level", Type::Int)
            .field("work", Type::Int)
            .optional("area.geohash", Type::String)
            .optional("area.region", Type::String)
            .optional("area.radius", Type::Int)
            .optional("budget.min", Type::Money)
            .optional("budget.max", Type::Money)
            .optional("window.from", Type::Timestamp)
            .optional("window.until", Type::Timestamp)
            .optional("product.name", Type::String)
            .optional("product.brand", Type::String)
            .optional("product.model", Type::String)
            .optional("product.gtin", Type::String)
            .field("props", Type::map(Type::Dyn))
            .answers(Question::Within)
            .answers(Question::Category)
            .answers(Question::Accepts)
            .answers(Question::Age)
    });
    &SCHEMA
}

/// An intent, asked at a moment.
#[derive(Debug)]
pub struct IntentScope<'a> {
    intent: &'a Signed<Intent>,
    now: Timestamp,
}

impl<'a> IntentScope<'a> {
    /// The intent as it stands at `now`.
    #[must_use]
    pub fn new(intent: &'a Signed<Intent>, now: Timestamp) -> Self {
        Self { intent, now }
    }

    fn stated(&self, path: &str) -> Option<Value<'_>> {
        let (payload, body) = (self.intent.payload(), self.intent.body());
        Some(match path {
            "function" => text(body.function.to_string()),
            "title" => Value::text(body.title.as_str()),
            "categories" => texts(body.categories.iter().map(ToString::to_string)),
            "condition" => texts(body.condition.iter().map(ToString::to_string)),
            "quantity" => Value::Quantity(body.quantity),
            "terms" => Value::texts(body.terms.iter().map(|t| t.id.as_str())),
            "created" => Value::Timestamp(payload.at),
            "expires" => Value::Timestamp(payload.till),
            "cap" => Value::Int(body.cap.into()),
            "level" => Value::Int(body.level.into()),
            "work" => Value::Int(body.work.into()),
            "props" => self.props(),
            _ => return None,
        })
    }

    fn optional(&self, path: &str) -> Option<Value<'_>> {
        let body = self.intent.body();
        let (area, product) = (body.area.as_ref(), body.product.as_ref());
        match path {
            "area.geohash" => area?.geohash().map(|g| text(g.to_string())),
            "area.region" => area?.region().map(|r| text(r.to_string())),
            "area.radius" => Some(Value::Int(area?.radius_km().into())),
            "budget.min" => body.budget.as_ref().map(|b| Value::Money(b.min())),
            "budget.max" => body.budget.as_ref().map(|b| Value::Money(b.max())),
            "window.from" => body.window.as_ref()?.from().map(Value::Timestamp),
            "window.until" => body.window.as_ref()?.until().map(Value::Timestamp),
            "product.name" => product?.name.as_ref().map(|n| Value::text(n.as_str())),
            "product.brand" => product?.brand.as_ref().map(|n| Value::text(n.as_str())),
            "product.model" => product?.model.as_ref().map(|n| Value::text(n.as_str())),
            "product.gtin" => product?.gtin.as_ref().map(|g| text(g.to_string())),
            _ => None,
        }
    }

    fn props(&self) -> Value<'_> {
        let pair = |(name, value)| (Cow::Borrowed(vrm_core::value::Text::<32>::as_str(name)), scalar(value));
        Value::Map(self.intent.body().props.iter().map(pair).collect())
    }
}

fn scalar(value: &Scalar) -> Value<'_> {
    match value {
        Scalar::Bool(b) => Value::Bool(*b),
        Scalar::Int(n) => Value::Int(*n),
        Scalar::Text(t) => Value::text(t.as_str()),
    }
}

fn text(owned: String) -> Value<'static> {
    Value::Str(Cow::Owned(owned))
}

fn texts(items: impl Iterator<Item = String>) -> Value<'static> {
    Value::List(items.map(text).collect())
}

impl Scope for IntentScope<'_> {
    fn get(&self, path: &str) -> Option<Value<'_>> {
        self.stated(path).or_else(|| self.optional(path))
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn areas(&self) -> &[Area] {
        self.intent.body().area.as_slice()
    }

    fn categories(&self) -> &[Category] {
        &self.intent.body().categories
    }

    fn accepts(&self, agreement: &str) -> bool {
        self.intent.body().terms.iter().any(|t| t.id.as_str() == agreement)
    }

    fn created(&self) -> Option<Timestamp> {
        Some(self.intent.payload().at)
    }
}
