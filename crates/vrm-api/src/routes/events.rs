//! The event stream over Server-Sent Events: from a place on, then live, with a named `ping` every 15 seconds.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::{Stream, StreamExt as _, stream};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_node::Events;

use super::{Failures, Query};
use crate::dto::Told;
use crate::server::App;

/// Time between two pings when nothing happens.
const PING: Duration = Duration::from_secs(15);

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(events))
}

/// Where to begin.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Since {
    /// Events after this place; 0 for all that are kept, only new ones when absent. `Last-Event-ID` goes before it.
    since: Option<u64>,
}

/// What happens, as it happens. Each event is named after `what`, its id is its place in the stream.
#[utoipa::path(get, path = "/events", tag = "events",
    params(Since, ("Last-Event-ID" = Option<u64>, Header, description = "The last place that was read")),
    responses((status = OK, content_type = "text/event-stream", body = Told), Failures))]
async fn events(
    State(app): State<App>,
    headers: HeaderMap,
    Query(from): Query<Since>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = app.node.events(last_read(&headers).or(from.since));
    let told = stream::unfold(events, next).take_until(app.stop.closing());
    let ping = KeepAlive::new().interval(PING).event(Event::default().event("ping").data("{}"));
    Sse::new(told.map(Ok)).keep_alive(ping)
}

fn last_read(headers: &HeaderMap) -> Option<u64> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

async fn next(mut events: Events) -> Option<(Event, Events)> {
    let told = Told::from(events.next().await?);
    let event = Event::default().id(told.seq.to_string()).event(told.what.clone());
    // Text, numbers and maps with text keys always have a JSON form.
    let data = serde_json::to_string(&told).unwrap_or_default();
    Some((event.data(data), events))
}
