//! The outbox: everything that left this node, each line tied to an act.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_protocol::query;

use super::{Answer, Failures, Pages, Query};
use crate::dto::{OutboxLine, Page, PageQuery};
use crate::server::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Lines in the order in which they left; the cursor is the number of the next line.
#[utoipa::path(get, path = "/outbox", tag = "node", params(PageQuery),
    responses((status = OK, body = Page<OutboxLine>), Failures))]
async fn list(State(app): State<App>, Query(page): Pages) -> Answer<Page<OutboxLine>> {
    let (from, limit) = (page.sequence().unwrap_or(0), page.limit());
    let mut lines = app.node.read(move |view| query::outbox(view, from, limit + 1)).await?;
    let next = if lines.len() > limit { lines.pop().map(|(seq, _)| seq.to_string()) } else { None };
    let items = lines.into_iter().map(|(seq, line)| OutboxLine::new(seq, line)).collect();
    Ok(Json(Page { items, next }))
}
