//! `vrm receipt issue`: the vendor's receipt, from the order itself or from a file.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;
use vrm_api::dto::{Class, IssueDraft, Issued, OwnReceiptDraft, Problem, ReceiptFound};
use vrm_api::import;
use vrm_node::core::value::Text;

use super::show;
use crate::cmd::input;
use crate::ctx::{self, Ctx};
use crate::failure::{Failure, failed, usage};
use crate::out::short;

#[derive(Debug, Args)]
pub(crate) struct Issue {
    /// The conduit's id, or `-` for standard input
    conduit: String,
    /// Tax in the order's price, in percent; 0 for none. Needed without --from
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    tax: Option<u16>,
    /// Your number of the receipt
    #[arg(long)]
    number: Option<Text<64>>,
    /// Your tax number
    #[arg(long)]
    tax_id: Option<Text<32>>,
    /// The receipt instead of the order: JSON with the fields of a receipt, or CSV with a row for each line; `-` is
    /// standard input and holds JSON
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Issue it although its sums are wrong
    #[arg(long)]
    as_it_is: bool,
}

/// `19`, `5.5`: percent as basis points.
fn percent(text: &str) -> Result<u16, String> {
    let wrong = || format!("`{text}` is not a rate; write percent such as 19 or 5.5");
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let fits = (1..=2).contains(&whole.len()) && part.len() <= 2;
    let digits = format!("{whole}{part:0<2}");
    if fits && digits.bytes().all(|b| b.is_ascii_digit()) {
        digits.parse().map_err(|_| wrong())
    } else {
        Err(wrong())
    }
}

pub(super) async fn run(issue: Issue, ctx: &Ctx) -> Result<(), Failure> {
    let conduit = ctx::id(&issue.conduit)?;
    let draft = IssueDraft {
        receipt: issue.from.as_deref().map(given).transpose()?,
        rate: issue.tax,
        number: issue.number,
        tax_id: issue.tax_id,
        as_it_is: issue.as_it_is,
        dry_run: true,
    };
    let client = ctx.client();
    let shown = client.issue_receipt(&conduit, &draft).await?;
    if ctx.dry_run {
        let words = format!("{}\nNothing has left.\n", words(&shown)?);
        return ctx.out.thing(&shown, &[shown.receipt.to_string()], &words);
    }
    ctx.out.remark(&words(&shown)?)?;
    if shown.flags.is_empty() || draft.as_it_is {
        ctx.agree("Issue it?")?;
    }
    // What was shown is what is issued, moment and all.
    let exact = IssueDraft { receipt: Some(shown.receipt), dry_run: false, ..draft };
    let issued = client.issue_receipt(&conduit, &exact).await?;
    let id = issued.id.map(|id| id.to_string()).unwrap_or_default();
    ctx.out.thing(&issued, std::slice::from_ref(&id), &format!("Issued: {}\n", short(&id)))
}

fn words(issued: &Issued) -> Result<String, Failure> {
    let receipt = ReceiptFound::read_body(&issued.receipt)?;
    Ok(format!(
        "Receipt of {}, {}:\n{}{}",
        receipt.seller.name,
        receipt.sold,
        show::body(&receipt),
        show::wrong(&issued.flags)
    ))
}

/// The receipt of a file, as a vendor's: whatever it was read from, nobody else made it.
fn given(path: &std::path::Path) -> Result<Value, Failure> {
    let table = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    if !table {
        return Ok(Value::Object(input::object(path)?));
    }
    let name = path.display().to_string();
    let batch = import::read(&name, &input::bytes(path, import::MAX_FILE)?)?;
    if let Some(refused) = batch.refused.first() {
        return Err(usage("bad_import", "this file can't be read", refused.to_string(), "correct that line"));
    }
    let [read] = batch.receipts.as_slice() else { return Err(several(&name, batch.receipts.len())) };
    let mut receipt = read.receipt.clone();
    receipt.own = None;
    Ok(OwnReceiptDraft::new(&receipt, Vec::new()).receipt)
}

fn several(name: &str, count: usize) -> Failure {
    let cause = format!("{name} holds {count} receipts; rows with the same `receipt` are one");
    match count {
        0 => failed("no_receipt", "there is no receipt in it", cause, "give a file with one receipt"),
        _ => Problem::new(Class::Usage, "several_receipts", "this is more than one receipt")
            .because(cause)
            .mend("split it")
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn percent_becomes_basis_points() {
        assert_eq!(["19", "5.5", "0", "7.25"].map(percent), [Ok(1900), Ok(550), Ok(0), Ok(725)]);
        for text in ["", "-1", "100", "19%", "1.234", ".5"] {
            assert!(percent(text).is_err(), "{text}");
        }
    }
}
