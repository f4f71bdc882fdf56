//! Mailboxes: use one, stop using it, hold letters for others.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Answer, Body, Failure, Failures, ids};
use crate::dto::{Done, Invite, Mailbox, Mailboxes, PeerAddress, ServeDraft};
use crate::server::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, add)).routes(routes!(remove)).routes(routes!(serve))
}

/// The mailboxes this node uses, and what it holds for others.
#[utoipa::path(get, path = "/mailboxes", tag = "node", responses((status = OK, body = Mailboxes), Failures))]
async fn show(State(app): State<App>) -> Answer<Mailboxes> {
    Ok(Json(all(&app).await?))
}

/// Have letters held at a node while this one sleeps.
#[utoipa::path(post, path = "/mailboxes", tag = "node", request_body = PeerAddress,
    responses((status = CREATED, body = Mailbox), Failures))]
async fn add(
    State(app): State<App>,
    Body(to): Body<PeerAddress>,
) -> Result<(StatusCode, Json<Mailbox>), Failure> {
    let peer = app.node.add_mailbox(Invite::address_of(&to.address)).await?;
    let used = all(&app).await?.used.into_iter().find(|mailbox| mailbox.peer == peer.as_str());
    let gone = || Failure::from(vrm_node::NodeError::Refused(vrm_protocol::Refusal::NoSuchMailbox));
    used.map(|mailbox| (StatusCode::CREATED, Json(mailbox))).ok_or_else(gone)
}

/// Stop using a mailbox.
#[utoipa::path(delete, path = "/mailboxes/{peer}", tag = "node", params(("peer" = String, Path)),
    responses((status = OK, body = Done), Failures))]
async fn remove(State(app): State<App>, Path(peer): Path<String>) -> Answer<Done> {
    let candidates = all(&app).await?.used.into_iter().map(|used| (used.peer.clone(), used)).collect();
    let found = ids::find("mailbox", "vrm mailbox list", &peer, candidates)?;
    app.node.remove_mailbox(&vrm_protocol::Peer::new(&found.peer)).await?;
    Ok(Json(Done::default()))
}

/// Hold letters for others, or take in no new ones.
#[utoipa::path(put, path = "/mailboxes/service", tag = "node", request_body = ServeDraft,
    responses((status = OK, body = Done), Failures))]
async fn serve(State(app): State<App>, Body(draft): Body<ServeDraft>) -> Answer<Done> {
    app.node.serve_mailbox(draft.on).await?;
    Ok(Json(Done::default()))
}

async fn all(app: &App) -> Result<Mailboxes, Failure> {
    Ok(app.node.mailboxes().await?.into())
}
