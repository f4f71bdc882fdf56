//! For supervisors: is the process alive, is the node ready.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Answer, Failures};
use crate::dto::Done;
use crate::server::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(alive)).routes(routes!(ready))
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "node", responses((status = OK, body = Done)))]
async fn alive() -> Json<Done> {
    Json(Done::default())
}

/// The node takes requests: its machine answers and its store can be read.
#[utoipa::path(get, path = "/readyz", tag = "node", responses((status = OK, body = Done), Failures))]
async fn ready(State(app): State<App>) -> Answer<Done> {
    app.node.status().await?;
    Ok(Json(Done::default()))
}
