//! `vrm receipt export`: receipts as files for bookkeepers and other programs.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;
use vrm_api::dto::{ExportQuery, Moment, Sheet};

use crate::ctx::Ctx;
use crate::failure::{Failure, at_file, usage};
use crate::value::{When, when};

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The format
    #[arg(long = "as", value_name = "FORMAT", value_parser = formats())]
    format: String,
    /// Write files into this folder instead of to standard output
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// Sold then or later, such as 2026-01-01
    #[arg(long, value_name = "TIME", value_parser = start)]
    since: Option<When>,
    /// Sold before then
    #[arg(long, value_name = "TIME", value_parser = start)]
    before: Option<When>,
    /// Account for what is bought
    #[arg(long, value_name = "ACCOUNT")]
    expense: Option<String>,
    /// Account for tax that comes on top
    #[arg(long, value_name = "ACCOUNT")]
    tax: Option<String>,
    /// Account that the money comes from
    #[arg(long, value_name = "ACCOUNT")]
    paid: Option<String>,
}

fn formats() -> PossibleValuesParser {
    ["jsonld", "csv", "hledger", "ledger", "beancount", "xero"].into()
}

/// A bare day begins at midnight: what was sold on it counts from there.
fn start(text: &str) -> Result<When, String> {
    match text.parse::<jiff::civil::Date>() {
        Ok(date) => when(&format!("{date}T00:00:00Z")),
        Err(_) => when(text),
    }
}

pub(super) async fn run(export: Export, ctx: &Ctx) -> Result<(), Failure> {
    let client = ctx.client();
    let now = client.status().await?.now.0;
    let at = |time: Option<When>| time.map(|time| Moment(time.from(now)));
    let asked = ExportQuery {
        format: export.format,
        since: at(export.since),
        before: at(export.before),
        expense: export.expense,
        tax: export.tax,
        paid: export.paid,
    };
    let sheets = client.export_receipts(&asked).await?;
    match &export.to {
        Some(folder) => into(folder, &sheets, ctx),
        None => onto_stdout(&sheets, ctx),
    }
}

fn onto_stdout(sheets: &[Sheet], ctx: &Ctx) -> Result<(), Failure> {
    match sheets {
        [] => Ok(()),
        [sheet] => ctx.out.raw(&sheet.text),
        several => Err(usage(
            "several_files",
            "this export makes more than one file",
            several.iter().map(|sheet| sheet.name.as_str()).collect::<Vec<_>>().join(", "),
            "give a folder with --to FOLDER",
        )),
    }
}

fn into(folder: &Path, sheets: &[Sheet], ctx: &Ctx) -> Result<(), Failure> {
    for sheet in sheets {
        let path = folder.join(&sheet.name);
        std::fs::write(&path, &sheet.text).map_err(|e| at_file(&path, &e))?;
        ctx.out.remark(&format!("Wrote {}\n", path.display()))?;
    }
    Ok(())
}
