//! How the node is, and the way to stop it.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_node::store::{StoreError, View};
use vrm_protocol::query;
use vrm_protocol::records::IntentState;

use super::{Answer, Failure, Failures};
use crate::dto::{Counts, Done, Moment, Status};
use crate::server::{App, VERSION};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(status)).routes(routes!(stop))
}

/// How the node is.
#[utoipa::path(get, path = "/status", tag = "node", responses((status = OK, body = Status), Failures))]
async fn status(State(app): State<App>) -> Answer<Status> {
    Ok(Json(look(&app).await?))
}

/// Ask the daemon to stop, in order: it takes nothing more, finishes what is there, closes the store.
#[utoipa::path(post, path = "/stop", tag = "node", responses((status = OK, body = Done), Failures))]
async fn stop(State(app): State<App>) -> Json<Done> {
    app.stop.ask();
    Json(Done::default())
}

/// One look at the node.
pub(crate) async fn look(app: &App) -> Result<Status, Failure> {
    let status = app.node.status().await?;
    let (stored, vendor) = app.node.read(stored).await?;
    let machine = &status.machine;
    let refused =
        machine.counters.refused.iter().map(|(why, times)| (why.code().to_owned(), *times)).collect();
    Ok(Status {
        version: VERSION.to_owned(),
        process: std::process::id(),
        peer: status.peer.to_string(),
        addresses: status.addresses.clone(),
        started: Moment(status.started),
        now: Moment(status.now),
        vendor,
        work_gossip: app.node.settings().work_gossip,
        work_offer: app.node.settings().work_offer,
        counts: Counts {
            connections: wide(machine.connections),
            matches_open: wide(machine.live_intents),
            letters_waiting: wide(machine.queued_letters),
            heard: machine.counters.accepted,
            held: wide(machine.held),
            caught_up: machine.counters.caught_up,
            shelf_bytes: wide(machine.shelf_bytes),
            decryptions: machine.counters.decryptions,
            last_event: machine.next_event.saturating_sub(1),
            store_bytes: status.store_bytes,
            ..stored
        },
        refused,
    })
}

fn stored(view: &dyn View) -> Result<(Counts, Option<String>), StoreError> {
    let open = query::own_intents(view)?.iter().filter(|(_, own)| own.state == IntentState::Cast).count();
    let counts = Counts {
        intents_open: wide(open),
        filters: wide(query::filters(view)?.len()),
        cards: wide(query::cards(view)?.len()),
        offers: wide(query::deals(view)?.len()),
        conduits: wide(query::conduits(view)?.len()),
        ..Counts::default()
    };
    Ok((counts, query::own_card(view)?.map(|card| card.by().to_string())))
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
