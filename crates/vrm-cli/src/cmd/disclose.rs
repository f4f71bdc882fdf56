//! `vrm disclose`: tell something to everybody who should know, after a look at who that is.

use clap::Args;
use vrm_api::dto::{ClaimTold, Disclosed, DisclosureDraft, Moment};
use vrm_node::core::body::Prose;
use vrm_node::core::value::Text;

use crate::ctx::Ctx;
use crate::failure::Failure;
use crate::out::{Column, short, visible};
use crate::value::{When, when};

/// Tell something about you to all open conduits
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm disclose address \"Lindenweg 7, 10115 Berlin\" --until 365d")]
pub(crate) struct Disclose {
    /// What kind of datum, such as address, phone, name
    category: Text<128>,
    /// The datum
    value: Prose<1000>,
    /// What for
    #[arg(long, default_value = "delivery")]
    purpose: Text<128>,
    /// To be forgotten then
    #[arg(long, value_name = "TIME", default_value = "365d", value_parser = when)]
    until: When,
}

const COLUMNS: [Column<Disclosed>; 4] = [
    Column::new("WITH", |d| d.with.to_string()),
    Column::id("CONDUIT", |d| short(&d.conduit), |d| d.conduit.to_string()),
    Column::new("OUTCOME", outcome),
    Column::id(
        "ENTRY",
        |d| d.entry.map(|e| short(&e)).unwrap_or_default(),
        |d| d.entry.map(|e| e.to_string()).unwrap_or_default(),
    ),
];

fn outcome(disclosed: &Disclosed) -> String {
    match (&disclosed.skipped, disclosed.entry, disclosed.replaces) {
        (Some(why), ..) => format!("nothing: {why}"),
        (None, Some(_), _) => "told".to_owned(),
        (None, None, Some(before)) => format!("is told, in place of {}", before.short()),
        (None, None, None) => "is told".to_owned(),
    }
}

pub(crate) async fn run(args: Disclose, ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let until = Moment(args.until.from(client.status().await?.now.0));
    let mut draft = DisclosureDraft {
        claims: vec![ClaimTold { category: args.category, value: args.value }],
        purpose: args.purpose,
        until,
        conduits: None,
    };
    let preview = client.preview_disclosure(&draft).await?;
    let open: Vec<_> = preview.conduits.iter().filter(|d| d.skipped.is_none()).map(|d| d.conduit).collect();
    if ctx.dry_run || open.is_empty() {
        ctx.out.list(&preview.conduits, &COLUMNS, "No conduits. A deal opens one.\n")?;
        return ctx.out.remark("Nothing has left.\n");
    }
    ctx.out.remark(&shown(&draft, &preview.conduits))?;
    ctx.agree(&format!(
        "Tell {}?",
        if open.len() == 1 { "this one".to_owned() } else { format!("these {}", open.len()) }
    ))?;
    // Only those that were shown: a conduit that opened meanwhile was not agreed to.
    draft.conduits = Some(open);
    let done = client.disclose(&draft).await?;
    ctx.out.list(&done.conduits, &COLUMNS, "")
}

fn shown(draft: &DisclosureDraft, conduits: &[Disclosed]) -> String {
    let claims = draft.claims.iter().map(|told| format!("{}: {}\n", told.category, &*told.value));
    let text: String = claims.collect();
    let head = format!("For {}, until {}:\n", draft.purpose, draft.until);
    visible(&format!("{head}{text}")) + &crate::out::table(conduits, &COLUMNS)
}
