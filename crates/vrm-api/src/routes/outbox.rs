//! The outbox: everything that left this node, each line tied to an act.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_protocol::query;
use vrm_protocol::store::{StoreError, View};

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
    let mut items = app.node.read(move |view| lines(view, from, limit + 1)).await?;
    let next = if items.len() > limit { items.pop().map(|line| line.seq.to_string()) } else { None };
    Ok(Json(Page { items, next }))
}

fn lines(view: &dyn View, from: u64, limit: usize) -> Result<Vec<OutboxLine>, StoreError> {
    let waits = |line: &vrm_protocol::records::OutboxLine| match (&line.letter, &line.end) {
        (Some(letter), None) => query::queued(view, letter),
        _ => Ok(None),
    };
    let lines = query::outbox(view, from, limit)?.into_iter();
    lines.map(|(seq, line)| waits(&line).map(|queued| OutboxLine::new(seq, line, queued))).collect()
}
