//! Receipts and things: those that vendors signed, those of the customer's own; issue, keep, show, export.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_core::body::{Body as EntryBody, Receipt, Seller};
use vrm_core::value::Text;
use vrm_protocol::event::Side;
use vrm_protocol::purchases::{self, Found, Origin, Sale};
use vrm_protocol::receipts::{self, Accounts, Format};

use super::{Answer, Body, Failure, Failures, Pages, Query, conduits, ids};
use crate::dto::{
    Class, Conduit, Done, ExportQuery, IssueDraft, Issued, Kept, OwnReceipts, Page, PageQuery, Problem,
    ReceiptFound, Sheet, Thing, body,
};
use crate::server::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, keep))
        .routes(routes!(things))
        .routes(routes!(export))
        .routes(routes!(show, forget))
        .routes(routes!(issue))
}

/// Every receipt, the last sale first: those in journals, and those of her own. The journals of all conduits are read.
#[utoipa::path(get, path = "/receipts", tag = "receipts", params(PageQuery),
    responses((status = OK, body = Page<ReceiptFound>), Failures))]
async fn list(State(app): State<App>, Query(page): Pages) -> Answer<Page<ReceiptFound>> {
    let all = app.node.receipts().await?;
    Ok(Json(page.cut(all.iter().map(ReceiptFound::from).collect(), named)))
}

/// A receipt may be here twice, as an entry and as her own: both have their place in the list.
fn named(found: &ReceiptFound) -> String {
    found.entry.map_or_else(|| found.key.to_string(), |entry| entry.to_string())
}

/// Keep receipts that the customer made herself. Those that are here already change nothing; nothing leaves.
#[utoipa::path(post, path = "/receipts", tag = "receipts", request_body = OwnReceipts,
    responses((status = OK, body = Kept), Failures))]
async fn keep(State(app): State<App>, Body(draft): Body<OwnReceipts>) -> Answer<Kept> {
    let receipts = draft.receipts.into_iter().map(|own| own.read()).collect::<Result<_, _>>()?;
    Ok(Json(Kept { new: app.node.keep_receipts(receipts).await? }))
}

/// What receipts make you the owner of, the last bought first.
#[utoipa::path(get, path = "/receipts/things", tag = "receipts", params(PageQuery),
    responses((status = OK, body = Page<Thing>), Failures))]
async fn things(State(app): State<App>, Query(page): Pages) -> Answer<Page<Thing>> {
    let bought: Vec<Found> = app.node.receipts().await?.into_iter().filter(is_hers).collect();
    let all = purchases::things(&bought).into_iter().map(Thing::from).collect();
    Ok(Json(page.cut(all, |thing: &Thing| thing.id.to_string())))
}

/// What this node sold itself makes it no owner; only the customer's side of a conduit counts.
fn is_hers(found: &Found) -> bool {
    !matches!(found.origin, Origin::Journal { side: Side::Vendor, .. })
}

/// Receipts as a file for bookkeepers and other programs; those that were taken back are left out.
#[utoipa::path(get, path = "/receipts/export", tag = "receipts", params(ExportQuery),
    responses((status = OK, body = Vec<Sheet>), Failures))]
async fn export(State(app): State<App>, Query(asked): Query<ExportQuery>) -> Answer<Vec<Sheet>> {
    let format: Format = asked.format.parse().map_err(|e: receipts::ExportError| usage(&e.to_string()))?;
    let accounts = accounts(&asked)?;
    let inside = |receipt: &Receipt| {
        asked.since.is_none_or(|since| receipt.sold >= since.0)
            && asked.before.is_none_or(|before| receipt.sold < before.0)
    };
    let found = app.node.receipts().await?.into_iter().filter(Found::stands);
    let mut some: Vec<Receipt> = found.map(|found| found.receipt).filter(inside).collect();
    // Journals of bookkeepers begin with the oldest.
    some.reverse();
    let sheets = receipts::export(format, &some, &accounts).map_err(|e| usage(&e.to_string()))?;
    Ok(Json(sheets.into_iter().map(|sheet| Sheet { name: sheet.name, text: sheet.text }).collect()))
}

fn accounts(asked: &ExportQuery) -> Result<Accounts, Problem> {
    let usual = Accounts::default();
    let or = |asked: &Option<String>, usual: &str| asked.clone().unwrap_or_else(|| usual.to_owned());
    let [expense, tax, paid] =
        [or(&asked.expense, usual.expense()), or(&asked.tax, usual.tax()), or(&asked.paid, usual.paid())];
    Accounts::new(&expense, &tax, &paid).map_err(|e| usage(&e.to_string()))
}

fn usage(why: &str) -> Problem {
    Problem { code: "bad_export".to_owned(), ..Problem::usage(why) }.mend("vrm receipt export --help")
}

/// One receipt, whole, with what is wrong about it.
#[utoipa::path(get, path = "/receipts/{key}", tag = "receipts", params(("key" = String, Path)),
    responses((status = OK, body = ReceiptFound), Failures))]
async fn show(State(app): State<App>, Path(key): Path<String>) -> Answer<ReceiptFound> {
    Ok(Json(ReceiptFound::whole(&find(&app, &key).await?)))
}

/// Forget a receipt that the customer made herself.
#[utoipa::path(delete, path = "/receipts/{key}", tag = "receipts", params(("key" = String, Path)),
    responses((status = OK, body = Done), Failures))]
async fn forget(State(app): State<App>, Path(key): Path<String>) -> Answer<Done> {
    let found = find(&app, &key).await?;
    match found.origin {
        Origin::Own { .. } => app.node.forget_receipt(found.key).await?,
        Origin::Journal { .. } => return Err(in_journal().into()),
    }
    Ok(Json(Done::default()))
}

fn in_journal() -> Problem {
    Problem::new(Class::Refused, "signed_receipt", "this receipt stands in a journal")
        .because("both sides keep what was signed")
        .mend("vrm journal erase CONDUIT ENTRY")
}

/// The receipt that `asked` names, by its key or by its entry.
async fn find(app: &App, asked: &str) -> Result<Found, Failure> {
    let all = app.node.receipts().await?;
    let by_entry = |found: &Found| match found.origin {
        Origin::Journal { entry, .. } => entry.to_string(),
        Origin::Own { .. } => String::new(),
    };
    if let Some(found) = all.iter().find(|found| by_entry(found).ends_with(asked) && asked.len() >= 10) {
        return Ok(found.clone());
    }
    let mut candidates: Vec<(String, Found)> =
        all.into_iter().map(|found| (found.key.to_string(), found)).collect();
    // Signed ones come first; the same receipt again is no other candidate.
    candidates.dedup_by(|b, a| a.0 == b.0);
    Ok(ids::find("receipt", "vrm receipt list", asked, candidates)?)
}

/// Issue a receipt as the vendor of a conduit: from the order itself, or as given. The customer's node audits it.
#[utoipa::path(post, path = "/conduits/{id}/receipts", tag = "receipts", params(("id" = String, Path)),
    request_body = IssueDraft, responses((status = CREATED, body = Issued), Failures))]
async fn issue(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(draft): Body<IssueDraft>,
) -> Result<(StatusCode, Json<Issued>), Failure> {
    let conduit = conduits::find(&app, &id).await?;
    if conduit.side != Side::Vendor {
        return Err(not_the_vendor(&conduit).into());
    }
    let (as_it_is, dry) = (draft.as_it_is, draft.dry_run);
    let receipt = drafted(&app, &conduit, draft).await?;
    let issued = Issued::new(&receipt);
    if dry {
        return Ok((StatusCode::OK, Json(issued)));
    }
    if !issued.flags.is_empty() && !as_it_is {
        return Err(wrong_sums(&issued.flags).into());
    }
    let id = app.node.append(conduit.id, &EntryBody::from(receipt)).await?;
    Ok((StatusCode::CREATED, Json(Issued { id: Some(id), ..issued })))
}

fn not_the_vendor(conduit: &Conduit) -> Problem {
    Problem::new(Class::Refused, "not_the_vendor", "only the vendor issues a receipt")
        .because(format!("you are the customer of {}", conduit.name))
        .mend("vrm receipt import FILE keeps one of your own")
}

fn wrong_sums(flags: &[String]) -> Problem {
    Problem::new(Class::Refused, "wrong_sums", "this receipt does not add up")
        .because(flags.join("\n"))
        .mend("correct it, or give --as-it-is to issue it nevertheless")
}

async fn drafted(app: &App, conduit: &Conduit, draft: IssueDraft) -> Result<Receipt, Failure> {
    if let Some(given) = draft.receipt {
        let mut receipt = body::read_receipt(given)?;
        receipt.number = draft.number.or(receipt.number);
        receipt.order = receipt.order.or(conduit.order);
        // No sums can be worked out of lines without rates: then it is flagged as it is.
        return Ok(receipt.clone().summed().unwrap_or(receipt));
    }
    if conduit.order.is_none() {
        return Err(no_order(conduit).into());
    }
    let sale = sale(app, draft).await?;
    let receipt = app.node.receipt_of_order(conduit.id, sale).await?;
    Ok(receipt)
}

async fn sale(app: &App, draft: IssueDraft) -> Result<Sale, Failure> {
    let rate = draft.rate.ok_or_else(no_rate)?;
    let name = app.node.own_name().await?.ok_or_else(no_card)?;
    let name = Text::new(name.as_str()).map_err(|e| Problem::usage(e.to_string()))?;
    let seller = Seller { name, tax_id: draft.tax_id, address: None, url: None };
    Ok(Sale { seller, sold: app.node.now(), rate, number: draft.number, responsible: None })
}

fn no_order(conduit: &Conduit) -> Problem {
    Problem::new(Class::NotFound, "no_order", "there is no order to take the receipt from")
        .because(format!("no deal opened the conduit with {}", conduit.name))
        .mend("give the whole receipt with --from FILE")
}

fn no_rate() -> Problem {
    Problem {
        code: "no_rate".to_owned(),
        ..Problem::usage("an order does not say which tax is in its price")
    }
    .mend("give --tax PERCENT, or --tax 0 for none")
}

fn no_card() -> Problem {
    Problem::new(Class::Refused, "no_card", "this node has no vendor card")
        .because("the receipt names its seller as the card does")
        .mend("vrm vendor card publish NAME, or give the whole receipt with --from FILE")
}
