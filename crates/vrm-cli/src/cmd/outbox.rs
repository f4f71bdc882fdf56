//! `vrm outbox`: everything that left this node, each line tied to an act.

use clap::Args;
use vrm_api::dto::{OutboxLine, OutboxState};

use super::all;
use crate::ctx::Ctx;
use crate::failure::Failure;
use crate::out::{Column, short};

/// Everything that left this node
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm outbox --count 20")]
pub(crate) struct Outbox {
    /// At most so many lines
    #[arg(long, value_name = "COUNT")]
    count: Option<usize>,
}

const COLUMNS: [Column<OutboxLine>; 7] = [
    Column::new("AT", |l| l.at.to_string()),
    Column::new("KIND", |l| l.kind.to_string()),
    Column::id("ID", |l| short(&l.id), |l| l.id.to_string()),
    Column::new("TO", |l| l.to.to_string()),
    Column::number("BYTES", |l| l.bytes.to_string()),
    Column::new("ACT", |l| l.act.clone()),
    Column::new("STATE", state),
];

/// The state, and where a letter lies.
fn state(line: &OutboxLine) -> String {
    let word = line.state.word();
    match (line.state, &line.said) {
        (OutboxState::Stored, _) => {
            let at: Vec<String> = line.mailboxes.iter().map(|held| short(&held.mailbox)).collect();
            format!("{word} at {}", at.join(", "))
        }
        (_, Some(said)) => format!("{word}: {said}"),
        _ => word.to_owned(),
    }
}

pub(crate) async fn run(args: Outbox, ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let lines = all(args.count, async |page| client.outbox(&page).await).await?;
    ctx.out.list(&lines, &COLUMNS, "Nothing has left this node.\n")
}
