//! The outbox: everything that left this node, each line tied to an act.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_protocol::store::{StoreError, View};
use vrm_protocol::{query, records};

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

/// Times that lines are read again because others came meanwhile.
const TRIES: usize = 8;

/// The node goes on while this reads: lines are read again when others came meanwhile, so that no letter is shown as
/// stored without the one that followed it in the same batch.
fn lines(view: &dyn View, from: u64, limit: usize) -> Result<Vec<OutboxLine>, StoreError> {
    let mut read = Vec::new();
    for _ in 0..TRIES {
        let lines = query::outbox(view, from, limit)?.into_iter();
        read = lines.map(|(seq, line)| shown(view, seq, line)).collect::<Result<_, _>>()?;
        let next = read.last().map_or(from, |line: &OutboxLine| line.seq + 1);
        if read.len() == limit || query::outbox(view, next, 1)?.is_empty() {
            break;
        }
    }
    Ok(read)
}

fn shown(view: &dyn View, seq: u64, line: records::OutboxLine) -> Result<OutboxLine, StoreError> {
    let (Some(letter), None) = (&line.letter, &line.end) else { return Ok(OutboxLine::new(seq, line, None)) };
    let queued = query::queued(view, letter)?;
    let line = match &queued {
        Some(_) => line,
        // It ended meanwhile, and now the line says how.
        None => query::outbox(view, seq, 1)?.pop().map_or(line, |(_, line)| line),
    };
    Ok(OutboxLine::new(seq, line, queued))
}
