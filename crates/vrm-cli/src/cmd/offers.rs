//! `vrm offers`: the offers on an intent, compared. The reserve is applied on this machine and nowhere else.

use clap::Args;
use vrm_api::dto::{Comparison, Row};

use crate::ctx::{Ctx, id};
use crate::failure::Failure;
use crate::out::{Column, short, table, visible};

/// The offers on an intent, compared
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm offers 7qk3zr2mfa --why")]
pub(crate) struct Offers {
    /// The intent, or `-` for standard input
    intent: String,
    /// Explain the order, line by line
    #[arg(long)]
    why: bool,
}

const COLUMNS: [Column<Row>; 10] = [
    Column::id("OFFER", |r| short(&r.offer), |r| r.offer.to_string()),
    Column::new("BY", |r| r.name.to_string()),
    Column::number("TOTAL", |r| r.total.0.to_string()),
    Column::number("DAYS", |r| r.delivery_days.to_string()),
    Column::number("WARRANTY", |r| format!("{} mo", r.warranty_months)),
    Column::number("RETURNS", |r| format!("{} d", r.return_days)),
    Column::new("TERMS", |r| r.terms.to_string()),
    Column::number("DEALS", |r| r.history.to_string()),
    Column::number("SCORE", |r| r.score.to_string()),
    Column::new("STATE", remarks),
];

fn remarks(row: &Row) -> String {
    let flags = [
        (row.countered, "counter stands"),
        (row.over_reserve, "over your maximum"),
        (!row.adds_up, "WRONG SUM"),
    ];
    let flags = flags.into_iter().filter(|(on, _)| *on).map(|(_, words)| words.to_owned());
    std::iter::once(row.state.stage.clone()).chain(flags).collect::<Vec<_>>().join(", ")
}

pub(crate) async fn run(args: Offers, ctx: &Ctx) -> Result<(), Failure> {
    let comparison = ctx.client().offers_on(&id(&args.intent)?).await?;
    if !ctx.out.is_for_people() {
        return ctx.out.list(&comparison.rows, &COLUMNS, "");
    }
    if comparison.rows.is_empty() {
        return ctx.out.say("No offers yet. `vrm watch` tells when one comes; `vrm doctor` why none does.\n");
    }
    ctx.out.say(&shown(&comparison, args.why))
}

/// The table, and with `why` what every score is made of.
pub(crate) fn shown(comparison: &Comparison, why: bool) -> String {
    let mut text = table(&comparison.rows, &COLUMNS);
    if why {
        text.push_str(&comparison.rows.iter().map(explained).collect::<String>());
    }
    text
}

fn explained(row: &Row) -> String {
    let lines: String = row
        .why
        .iter()
        .map(|w| format!("  {:>3} of {:<3} {:<9} {}\n", w.points, w.of, w.part, visible(&w.words)))
        .collect();
    format!("\n{} {}: {} of 100\n{lines}", short(&row.offer), visible(&row.name), row.score)
}
