//! Intents of others that satisfied a filter here, and the answer "not under these terms".

use axum::Json;
use axum::extract::{Path, State};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_protocol::query;

use super::{Answer, Failure, Failures, Pages, Query, ids};
use crate::dto::{Done, Heard, Page, PageQuery};
use crate::server::App;

/// Matches that are looked through for an id: as many as a node keeps.
const ALL: usize = usize::MAX;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show)).routes(routes!(decline_terms))
}

/// Matches in the order in which they were heard; the cursor is a place in the event stream.
#[utoipa::path(get, path = "/matches", tag = "market", params(PageQuery),
    responses((status = OK, body = Page<Heard>), Failures))]
async fn list(State(app): State<App>, Query(page): Pages) -> Answer<Page<Heard>> {
    let (since, limit) = (page.sequence().unwrap_or(0), page.limit());
    let found = app.node.read(move |view| query::matches(view, since, limit + 1)).await?;
    let more = found.len() > limit;
    let items: Vec<Heard> = found.iter().take(limit).filter_map(|(told, _)| Heard::read(told)).collect();
    let next = items.last().filter(|_| more).map(|heard| heard.seq.to_string());
    Ok(Json(Page { items, next }))
}

/// One match, by the intent's id.
#[utoipa::path(get, path = "/matches/{id}", tag = "market", params(("id" = String, Path)),
    responses((status = OK, body = Heard), Failures))]
async fn show(State(app): State<App>, Path(id): Path<String>) -> Answer<Heard> {
    Ok(Json(resolve(&app, &id).await?))
}

/// Sign "declined" under the proffered terms, and send that instead of an offer.
#[utoipa::path(post, path = "/matches/{id}/decline-terms", tag = "market", params(("id" = String, Path)),
    responses((status = OK, body = Done), Failures))]
async fn decline_terms(State(app): State<App>, Path(id): Path<String>) -> Answer<Done> {
    let heard = resolve(&app, &id).await?;
    app.node.decline_terms(heard.id).await?;
    Ok(Json(Done { id: Some(heard.id) }))
}

async fn resolve(app: &App, asked: &str) -> Result<Heard, Failure> {
    let found = app.node.read(|view| query::matches(view, 0, ALL)).await?;
    let candidates = found.iter().map(|(told, intent)| (intent.id().to_string(), told)).collect();
    let told = ids::find("match", "vrm listen --since 0", asked, candidates)?;
    Heard::read(told).ok_or_else(|| Failure(crate::dto::Problem::usage("this match cannot be read")))
}
