//! Conduits: the private relationships that deals opened.

use axum::Json;
use axum::extract::{Path, State};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_protocol::query;

use super::{Answer, Body, Failure, Failures, Pages, Query, ids};
use crate::dto::{Checked, Conduit, Done, EraseDraft, JournalEntry, NoteDraft, Page, PageQuery, StateDraft};
use crate::server::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(set_state))
        .routes(routes!(journal, note))
        .routes(routes!(verify))
        .routes(routes!(erase))
}

/// All conduits, oldest first.
#[utoipa::path(get, path = "/conduits", tag = "conduits", params(PageQuery),
    responses((status = OK, body = Page<Conduit>), Failures))]
async fn list(State(app): State<App>, Query(page): Pages) -> Answer<Page<Conduit>> {
    Ok(Json(page.cut(all(&app).await?, |conduit| conduit.id.to_string())))
}

/// One conduit.
#[utoipa::path(get, path = "/conduits/{id}", tag = "conduits", params(("id" = String, Path)),
    responses((status = OK, body = Conduit), Failures))]
async fn show(State(app): State<App>, Path(id): Path<String>) -> Answer<Conduit> {
    Ok(Json(find(&app, &id).await?))
}

/// Opens, pauses or closes a conduit on this side; closed is for good, and the journal stays.
#[utoipa::path(put, path = "/conduits/{id}/state", tag = "conduits", params(("id" = String, Path)),
    request_body = StateDraft, responses((status = OK, body = Conduit), Failures))]
async fn set_state(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(draft): Body<StateDraft>,
) -> Answer<Conduit> {
    let conduit = find(&app, &id).await?;
    app.node.set_conduit(conduit.id, draft.state).await?;
    Ok(Json(Conduit { state: draft.state, ..conduit }))
}

/// The journal in causal order, which is the same on both sides.
#[utoipa::path(get, path = "/conduits/{id}/journal", tag = "conduits", params(("id" = String, Path), PageQuery),
    responses((status = OK, body = Page<JournalEntry>), Failures))]
async fn journal(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(page): Pages,
) -> Answer<Page<JournalEntry>> {
    let conduit = find(&app, &id).await?;
    let entries = app.node.journal(conduit.id).await?.into_iter().map(JournalEntry::from).collect();
    Ok(Json(page.cut(entries, |entry: &JournalEntry| entry.id.to_string())))
}

/// Writes a note into the journal; the other side gets it as soon as it can be reached.
#[utoipa::path(post, path = "/conduits/{id}/journal", tag = "conduits", params(("id" = String, Path)),
    request_body = NoteDraft, responses((status = OK, body = Done), Failures))]
async fn note(State(app): State<App>, Path(id): Path<String>, Body(draft): Body<NoteDraft>) -> Answer<Done> {
    let conduit = find(&app, &id).await?;
    let id = app.node.note(conduit.id, &draft.note).await?;
    Ok(Json(Done { id: Some(id) }))
}

/// Checks every signature, certificate and link of the journal as it is on disk.
#[utoipa::path(get, path = "/conduits/{id}/journal/check", tag = "conduits", params(("id" = String, Path)),
    responses((status = OK, body = Checked), Failures))]
async fn verify(State(app): State<App>, Path(id): Path<String>) -> Answer<Checked> {
    let conduit = find(&app, &id).await?;
    Ok(Json(app.node.verify_journal(conduit.id).await?.into()))
}

/// Erases what entries say on this side, at once and for good, and asks the other side to do the same.
#[utoipa::path(post, path = "/conduits/{id}/journal/erase", tag = "conduits", params(("id" = String, Path)),
    request_body = EraseDraft, responses((status = OK, body = Done), Failures))]
async fn erase(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(draft): Body<EraseDraft>,
) -> Answer<Done> {
    let conduit = find(&app, &id).await?;
    let there: Vec<_> = app.node.journal(conduit.id).await?.into_iter().map(|e| e.id).collect();
    let known = || there.iter().map(|id| (id.to_string(), *id)).collect();
    let named = draft.entries.iter().map(|asked| ids::find("entry", "vrm journal show", asked, known()));
    let id = app.node.erase(conduit.id, named.collect::<Result<_, _>>()?).await?;
    Ok(Json(Done { id: Some(id) }))
}

async fn find(app: &App, id: &str) -> Result<Conduit, Failure> {
    let candidates = all(app).await?.into_iter().map(|c| (c.id.to_string(), c)).collect();
    Ok(ids::find("conduit", "vrm conduit list", id, candidates)?)
}

async fn all(app: &App) -> Result<Vec<Conduit>, Failure> {
    let mut all: Vec<Conduit> =
        app.node.read(query::conduits).await?.into_iter().map(Conduit::from).collect();
    all.sort_by_key(|conduit| (conduit.at, conduit.id));
    Ok(all)
}
