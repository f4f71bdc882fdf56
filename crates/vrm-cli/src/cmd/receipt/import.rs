//! `vrm receipt import`: receipts of files, kept as one's own. The files are read here; the daemon keeps what was read.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use vrm_api::dto::{OwnReceiptDraft, OwnReceipts};
use vrm_api::import;
use vrm_node::receipts::Imported;

use crate::cmd::input;
use crate::ctx::Ctx;
use crate::failure::{Failure, tell, usage};
use crate::out::{Column, short};

/// Bytes of one request: the daemon takes a quarter of a megabyte at a time.
const AT_A_TIME: usize = 150 * 1024;

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// One receipt of a file, and what became of it.
#[derive(Debug, Serialize)]
struct Row {
    file: String,
    receipt: String,
    seller: String,
    sold: String,
    total: String,
    /// `new`, `known`, or `read` when nothing is kept.
    outcome: &'static str,
    flags: Vec<String>,
    notes: Vec<String>,
}

const COLUMNS: [Column<Row>; 7] = [
    Column::new("OUTCOME", |r| r.outcome.to_owned()),
    Column::new("SOLD", |r| r.sold.split('T').next().unwrap_or_default().to_owned()),
    Column::new("SELLER", |r| r.seller.clone()),
    Column::number("TOTAL", |r| r.total.clone()),
    Column::new("SUMS", |r| {
        if r.flags.is_empty() { "right".to_owned() } else { format!("{} WRONG", r.flags.len()) }
    }),
    Column::id("RECEIPT", |r| short(&r.receipt), |r| r.receipt.clone()),
    Column::new("NOTES", |r| r.notes.join("; ")),
];

impl Row {
    fn new(file: &str, read: &Imported) -> Self {
        Self {
            file: file.to_owned(),
            receipt: read.key.to_string(),
            seller: read.receipt.seller.name.to_string(),
            sold: read.receipt.sold.to_string(),
            total: read.receipt.totals.gross.to_string(),
            outcome: "read",
            flags: read.audit.flags.iter().map(ToString::to_string).collect(),
            notes: read.notes.clone(),
        }
    }
}

pub(super) async fn run(args: Import, ctx: &Ctx) -> Result<(), Failure> {
    let (mut rows, mut drafts, mut refused) = (Vec::new(), Vec::new(), 0);
    for path in &args.files {
        let name = path.display().to_string();
        match import::read(&name, &input::bytes(path, import::MAX_FILE)?) {
            Ok(batch) => {
                rows.extend(batch.receipts.iter().map(|read| Row::new(&name, read)));
                drafts.extend(batch.receipts.into_iter().map(|r| OwnReceiptDraft::new(&r.receipt, r.notes)));
                refused += batch.refused.iter().map(|why| complain(&format!("{name}: {why}"), ctx)).count();
            }
            Err(problem) => refused += [problem.cause].iter().map(|why| complain(why, ctx)).count(),
        }
    }
    if !ctx.dry_run {
        keep(&mut rows, drafts, ctx).await?;
    }
    ctx.out.list(&rows, &COLUMNS, "")?;
    ctx.out.remark(&summary(&rows, refused, ctx.dry_run))?;
    // What could be read is kept; that something was not must not go unseen by a script.
    if refused > 0 { Err(Failure::Told(1)) } else { Ok(()) }
}

fn complain(why: &str, ctx: &Ctx) {
    let failure =
        usage("not_imported", "this was not imported", why, "correct it there, and import it again");
    if let Failure::Problem(problem) = failure {
        tell(&problem, ctx.out.is_json(), false);
    }
}

async fn keep(rows: &mut [Row], drafts: Vec<OwnReceiptDraft>, ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let mut new = std::collections::BTreeSet::new();
    for receipts in portions(drafts) {
        let kept = client.keep_receipts(&OwnReceipts { receipts }).await?;
        new.extend(kept.new.iter().map(ToString::to_string));
    }
    for row in rows {
        // The first row of a receipt brought it; the same again is known by then.
        row.outcome = if new.remove(&row.receipt) { "new" } else { "known" };
    }
    Ok(())
}

fn portions(drafts: Vec<OwnReceiptDraft>) -> Vec<Vec<OwnReceiptDraft>> {
    let (mut portions, mut weight) = (vec![Vec::new()], 0);
    for draft in drafts {
        let size = draft.receipt.to_string().len();
        if weight + size > AT_A_TIME {
            portions.push(Vec::new());
            weight = 0;
        }
        weight += size;
        portions.last_mut().expect("there is always one").push(draft);
    }
    portions.retain(|portion| !portion.is_empty());
    portions
}

fn summary(rows: &[Row], refused: usize, dry: bool) -> String {
    let count = |outcome: &str| rows.iter().filter(|row| row.outcome == outcome).count();
    let kept = match dry {
        true => format!("{} read, nothing kept", rows.len()),
        false => format!("{} new, {} known", count("new"), count("known")),
    };
    let left = if refused == 0 { String::new() } else { format!(", {refused} not imported") };
    format!("{kept}{left}. Marked as your own; nothing has left this machine.\n")
}
