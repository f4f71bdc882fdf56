//! Entries of a conduit's journal, one by one: write any kind, show one.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_core::body::Body as EntryBody;
use vrm_core::{Cid, Hash};
use vrm_node::NodeError;
use vrm_protocol::Refusal;

use super::{Answer, Body, Failure, Failures, conduits, ids};
use crate::dto::{Class, Done, EntryDraft, JournalEntry, Problem};
use crate::server::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(write)).routes(routes!(show))
}

/// Writes an entry of any kind; the other side gets it as soon as it can be reached.
#[utoipa::path(post, path = "/conduits/{id}/entries", tag = "conduits", params(("id" = String, Path)),
    request_body = EntryDraft, responses((status = CREATED, body = Done), Failures))]
async fn write(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(draft): Body<EntryDraft>,
) -> Result<(StatusCode, Json<Done>), Failure> {
    let conduit = conduits::find(&app, &id).await?;
    let body = draft.read()?;
    if let EntryBody::Redeem(redeem) = &body {
        let usable = app.node.usable(conduit.id, redeem.discount).await?;
        usable.map_err(|why| unusable(&why.to_string()))?;
    }
    let id = app.node.append(conduit.id, &body).await?;
    Ok((StatusCode::CREATED, Json(Done { id: Some(id) })))
}

fn unusable(why: &str) -> Problem {
    Problem::new(Class::Refused, "unusable_discount", "this discount can't be used")
        .because(why)
        .mend("vrm journal show CONDUIT")
}

/// One entry, with all that it says.
#[utoipa::path(get, path = "/conduits/{id}/entries/{entry}", tag = "conduits",
    params(("id" = String, Path), ("entry" = String, Path)),
    responses((status = OK, body = JournalEntry), Failures))]
async fn show(State(app): State<App>, Path((id, entry)): Path<(String, String)>) -> Answer<JournalEntry> {
    let conduit = conduits::find(&app, &id).await?;
    let entry = find(&app, conduit.id, &entry).await?;
    let outline = app.node.outline(conduit.id).await?;
    let some = outline.iter().filter(|o| o.id == entry).cloned().collect();
    let shown = app.node.entries(conduit.id, some).await?.pop();
    Ok(Json(shown.ok_or(NodeError::Refused(Refusal::NoSuchEntry))?.into()))
}

/// The entry of a journal that `asked` names.
pub(super) async fn find(app: &App, conduit: Hash, asked: &str) -> Result<Cid, Failure> {
    if let Ok(id) = asked.parse() {
        return Ok(id);
    }
    let outline = app.node.outline(conduit).await?;
    let known = outline.iter().map(|o| (o.id.to_string(), o.id)).collect();
    Ok(ids::find("entry", "vrm journal show", asked, known)?)
}
