//! `vrm cast` (`vrm intent new`): say what you want. Shows what the world will see and what stays here, asks once.
//!
//! Knows: flags and the preview's words. The daemon makes the object; what is shown is what is sent, byte for byte.

use clap::Args;
use vrm_api::dto::{Amount, Band, Count, Intent, IntentDraft, Moment, Period, Preview, Private, Span};
use vrm_node::core::object::Scalar;
use vrm_node::core::value::{
    Area, Category, Condition, Function, Geohash, Gtin, Money, PriceBand, Product, Quantity, Seconds, Text,
    TimeWindow, Timestamp,
};

use crate::ctx::{Ctx, id};
use crate::failure::{Failure, usage};
use crate::out::{fields, short};
use crate::value::{When, property, when};

/// Say what you want
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm cast \"mid-size dishwasher\" --max 600EUR --near u33dc --by 7d\n\n\
    Example: vrm intent new \"bicycle repair\" --function repair --budget 40..90EUR --dry-run")]
pub(crate) struct Cast {
    /// What you want, in your words: public
    #[arg(value_name = "TITLE", value_parser = title)]
    title: Text<120>,
    /// What it is for: buy, rent, repair, service, dispose, event
    #[arg(long, default_value = "buy", help_heading = "Public")]
    function: Function,
    /// Where it belongs, such as home/dishwasher or gpc:10005811 (may be repeated)
    #[arg(long, help_heading = "Public")]
    category: Vec<Category>,
    /// How much, such as 2 or 1.5kg
    #[arg(long, default_value = "1", help_heading = "Public")]
    qty: Quantity,
    /// Which conditions will do: new, used, refurbished, damaged (may be repeated)
    #[arg(long, help_heading = "Public")]
    condition: Vec<Condition>,
    /// A price band for everybody to see, such as 400..600EUR
    #[arg(long, help_heading = "Public")]
    budget: Option<PriceBand>,
    /// Where, as a geohash: four characters become public, the rest is for the vendor you accept
    #[arg(long, value_name = "GEOHASH", conflicts_with = "region", help_heading = "Public")]
    near: Option<Geohash>,
    /// How far around, in kilometres
    #[arg(long, value_name = "KM", requires = "near", default_value_t = 0, help_heading = "Public")]
    radius: u32,
    /// A country or region instead of a place, such as DE-BE
    #[arg(long, value_name = "REGION", help_heading = "Public")]
    region: Option<Area>,
    /// When you need it: 7d, 2026-03-08 or 2026-03-08T18:00:00Z
    #[arg(long, value_name = "TIME", value_parser = when, help_heading = "Public")]
    by: Option<When>,
    /// Brand, if it matters
    #[arg(long, help_heading = "Public")]
    brand: Option<Text<120>>,
    /// Model, if it matters
    #[arg(long, help_heading = "Public")]
    model: Option<Text<120>>,
    /// The number under the barcode
    #[arg(long, help_heading = "Public")]
    gtin: Option<Gtin>,
    /// Anything else that is public, as name=value (may be repeated)
    #[arg(long, value_name = "NAME=VALUE", value_parser = property, help_heading = "Public")]
    prop: Vec<(Text<32>, Scalar)>,
    /// Agreements to proffer, best first (may be repeated); your standing terms when absent
    #[arg(long, value_name = "ID", help_heading = "Public")]
    terms: Vec<Text<32>>,
    /// How many offers to take: 5 when absent
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=64), help_heading = "Public")]
    cap: Option<u8>,
    /// How long it stands
    #[arg(long, value_name = "TIME", default_value = "7d", help_heading = "Public")]
    life: Seconds,
    /// The most you would pay, such as 600EUR: never leaves this machine
    #[arg(long, value_name = "MONEY", help_heading = "Private")]
    max: Option<Money>,
    /// For the vendor you accept: anything it must know
    #[arg(long, help_heading = "Private")]
    note: Option<Text<2000>>,
    /// For the vendor you accept: where to deliver
    #[arg(long, help_heading = "Private")]
    address: Option<Text<400>>,
    /// Show the exact public bytes in hexadecimal
    #[arg(long)]
    bytes: bool,
}

fn title(text: &str) -> Result<Text<120>, String> {
    Text::new(text).map_err(|e| format!("title: {e}"))
}

impl Cast {
    fn draft(self, now: Timestamp) -> Result<IntentDraft, Failure> {
        let product = Product { brand: self.brand, model: self.model, gtin: self.gtin, ..Product::default() };
        Ok(IntentDraft {
            business_function: self.function,
            category: self.category,
            item_offered: if product.is_empty() { None } else { Some(product) },
            eligible_quantity: Count(self.qty),
            item_condition: self.condition,
            place: self.near,
            radius_km: self.radius,
            region: self.region,
            needed: self.by.map(|by| needed(by.from(now), now)).transpose()?,
            price_specification: self.budget.map(Band),
            reserve: self.max.map(Amount),
            terms: self.terms,
            cap: self.cap,
            life: Span(self.life),
            note: self.note,
            address: self.address,
            additional_property: self.prop.into_iter().collect(),
            ..IntentDraft::new(self.title)
        })
    }
}

fn needed(until: Timestamp, now: Timestamp) -> Result<Period, Failure> {
    if until <= now {
        let cause = format!("{until} is over: it is {now}");
        return Err(usage("past_date", "this date has passed", cause, "give a later --by, such as 7d"));
    }
    Ok(Period(TimeWindow::until_moment(until)))
}

pub(crate) async fn run(cast: Cast, ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let bytes = cast.bytes;
    let draft = cast.draft(client.status().await?.now.0)?;
    let preview = client.preview(&draft).await?;
    if ctx.dry_run {
        let words = format!("{}\nNothing has left.\n", shown(&preview, true));
        return ctx.out.thing(&preview, &[preview.id.to_string(), preview.bytes.clone()], &words);
    }
    ctx.out.remark(&shown(&preview, bytes))?;
    ctx.agree("Cast it?")?;
    let done = client.cast_prepared(&preview.id).await?;
    let cast = done.id.unwrap_or(preview.id);
    let words = format!("\nCast {cast}\nNext: vrm offers {}\n", cast.short());
    ctx.out.thing(&preview, &[cast.to_string()], &words)
}

/// The preview in words: the world, the chosen vendor, this machine.
pub(crate) fn shown(preview: &Preview, bytes: bool) -> String {
    let mut text = format!("The world will see ({} bytes):\n{}", preview.size, public(&preview.demand));
    if bytes {
        text.push_str(&format!("  bytes     {}\n", preview.bytes));
    }
    text.push_str(&private(&preview.private));
    text
}

/// What everybody sees.
pub(crate) fn public(demand: &Intent) -> String {
    let terms = demand.terms.iter().map(|t| t.id.to_string()).collect::<Vec<_>>().join(", ");
    fields(&[
        ("what", demand.name.to_string()),
        ("function", demand.business_function.to_string()),
        ("category", joined(&demand.category)),
        ("product", demand.item_offered.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("quantity", quantity(demand.eligible_quantity)),
        ("condition", joined(&demand.item_condition)),
        ("where", demand.area_served.map(|a| a.to_string()).unwrap_or_default()),
        ("by", demand.needed.and_then(|p| p.0.until()).map(|m| m.to_string()).unwrap_or_default()),
        ("budget", demand.price_specification.map(|b| b.0.to_string()).unwrap_or_default()),
        ("terms", terms),
        ("offers", format!("{} at most", demand.cap)),
        ("stands", format!("until {}", Moment(demand.valid_through.0))),
        ("name", format!("{} (for this intent only)", demand.by)),
        ("others", properties(demand)),
        ("letters", mailboxes(demand)),
    ])
}

/// A quantity with its unit in words, where the unit is a common one.
pub(crate) fn quantity(Count(quantity): Count) -> String {
    let text = quantity.to_string();
    let number = text.split(' ').next().unwrap_or_default();
    quantity.unit().name().map_or_else(|| text.clone(), |unit| format!("{number} {unit}"))
}

/// Who will see that she gets letters, and when.
fn mailboxes(demand: &Intent) -> String {
    let named: Vec<String> = demand.routes.iter().map(|route| short(&route.peer)).collect();
    if named.is_empty() { String::new() } else { format!("held by {} while you sleep", named.join(" and ")) }
}

fn joined<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn properties(demand: &Intent) -> String {
    let value = |scalar: &Scalar| match scalar {
        Scalar::Bool(b) => b.to_string(),
        Scalar::Int(n) => n.to_string(),
        Scalar::Text(t) => t.to_string(),
    };
    demand
        .additional_property
        .iter()
        .map(|(name, scalar)| format!("{name}={}", value(scalar)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// What the vendor she accepts will learn, and what nobody will.
pub(crate) fn private(private: &Private) -> String {
    let sealed = fields(&[
        ("place", private.place.map(|p| p.to_string()).unwrap_or_default()),
        ("address", private.address.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("note", private.note.as_ref().map(ToString::to_string).unwrap_or_default()),
    ]);
    let stays = fields(&[("at most", private.reserve.map(|r| r.0.to_string()).unwrap_or_default())]);
    let mut text = String::new();
    if !sealed.is_empty() {
        text.push_str(&format!("Only the vendor you accept will see:\n{sealed}"));
    }
    if !stays.is_empty() {
        text.push_str(&format!("Stays on this machine:\n{stays}"));
    }
    text
}

/// An own intent's full id, from whatever names it.
pub(crate) async fn resolve(typed: &str, ctx: &Ctx) -> Result<vrm_api::dto::OwnIntent, Failure> {
    Ok(ctx.client().intent(&id(typed)?).await?)
}
