//! Neighbours: who is remembered, who is connected, dial, forget, ping; and how this node is reached.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_protocol::query;

use super::{Answer, Body, Failure, Failures, Pages, Query, ids};
use crate::dto::{Done, Invite, Page, PageQuery, Peer, PeerAddress, Pong};
use crate::server::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(remove))
        .routes(routes!(ping))
        .routes(routes!(invite))
}

/// Remembered and connected nodes.
#[utoipa::path(get, path = "/peers", tag = "node", params(PageQuery),
    responses((status = OK, body = Page<Peer>), Failures))]
async fn list(State(app): State<App>, Query(page): Pages) -> Answer<Page<Peer>> {
    Ok(Json(page.cut(all(&app).await?, |peer| peer.peer.clone())))
}

/// Dial a node and keep a connection to it.
#[utoipa::path(post, path = "/peers", tag = "node", request_body = PeerAddress,
    responses((status = CREATED, body = Peer), Failures))]
async fn add(
    State(app): State<App>,
    Body(to): Body<PeerAddress>,
) -> Result<(StatusCode, Json<Peer>), Failure> {
    let address = Invite::address_of(&to.address);
    let name = app.node.dial(address).await?;
    let known = all(&app).await?.into_iter().find(|p| p.peer == name.as_str());
    Ok((StatusCode::CREATED, Json(known.unwrap_or_default())))
}

/// Forget a node.
#[utoipa::path(delete, path = "/peers/{peer}", tag = "node", params(("peer" = String, Path)),
    responses((status = OK, body = Done), Failures))]
async fn remove(State(app): State<App>, Path(peer): Path<String>) -> Answer<Done> {
    let peer = resolve(&app, &peer).await?;
    app.node.forget(&peer).await?;
    Ok(Json(Done::default()))
}

/// Measure the round trip to a connected node.
#[utoipa::path(post, path = "/peers/{peer}/ping", tag = "node", params(("peer" = String, Path)),
    responses((status = OK, body = Pong), Failures))]
async fn ping(State(app): State<App>, Path(peer): Path<String>) -> Answer<Pong> {
    let peer = resolve(&app, &peer).await?;
    let took = app.node.ping(&peer).await?;
    Ok(Json(Pong { micros: u64::try_from(took.as_micros()).unwrap_or(u64::MAX) }))
}

/// How others reach this node.
#[utoipa::path(get, path = "/invite", tag = "node", responses((status = OK, body = Invite), Failures))]
async fn invite(State(app): State<App>) -> Answer<Invite> {
    Ok(Json(Invite::new(app.node.addresses().await)))
}

async fn all(app: &App) -> Result<Vec<Peer>, Failure> {
    let remembered = app.node.read(query::peers).await?;
    Ok(Peer::join(app.node.peers().await, remembered))
}

async fn resolve(app: &App, asked: &str) -> Result<vrm_protocol::Peer, Failure> {
    let candidates = all(app).await?.into_iter().map(|p| (p.peer.clone(), p)).collect();
    let found = ids::find("peer", "vrm peer list", asked, candidates)?;
    Ok(vrm_protocol::Peer::new(&found.peer))
}
