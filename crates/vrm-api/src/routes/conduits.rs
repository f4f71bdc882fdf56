//! Conduits: the private relationships that deals opened.

use axum::Json;
use axum::extract::{Path, State};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_protocol::query;

use super::{Answer, Failure, Failures, Pages, Query, ids};
use crate::dto::{Conduit, Page, PageQuery};
use crate::server::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show))
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
    let candidates = all(&app).await?.into_iter().map(|c| (c.id.to_string(), c)).collect();
    Ok(Json(ids::find("conduit", "vrm conduit list", &id, candidates)?))
}

async fn all(app: &App) -> Result<Vec<Conduit>, Failure> {
    let mut all: Vec<Conduit> =
        app.node.read(query::conduits).await?.into_iter().map(Conduit::from).collect();
    all.sort_by_key(|conduit| (conduit.at, conduit.id));
    Ok(all)
}
