//! Disclosures: a datum for every open conduit in which this node is the customer, after a look at who gets it.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_protocol::disclosures::Datum;

use super::{Answer, Body, Failures};
use crate::dto::{Disclosed, DisclosureDraft, Disclosures};
use crate::server::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(preview)).routes(routes!(disclose))
}

/// Who would get it, and who would not and why; nothing is written.
#[utoipa::path(post, path = "/disclosures/preview", tag = "conduits", request_body = DisclosureDraft,
    responses((status = OK, body = Disclosures), Failures))]
async fn preview(State(app): State<App>, Body(draft): Body<DisclosureDraft>) -> Answer<Disclosures> {
    let planned = app.node.plan_disclosure(Datum::from(&draft)).await?;
    Ok(Json(Disclosures { conduits: planned.iter().map(Disclosed::from).collect() }))
}

/// One entry into the journal of each open conduit; who knows the same already gets nothing, so that it may be asked
/// for again after it broke off.
#[utoipa::path(post, path = "/disclosures", tag = "conduits", request_body = DisclosureDraft,
    responses((status = OK, body = Disclosures), Failures))]
async fn disclose(State(app): State<App>, Body(draft): Body<DisclosureDraft>) -> Answer<Disclosures> {
    let mut conduits = Vec::new();
    for planned in app.node.plan_disclosure(Datum::from(&draft)).await? {
        if draft.conduits.as_ref().is_some_and(|only| !only.contains(&planned.conduit)) {
            continue;
        }
        let entry = app.node.disclose(&planned).await?;
        conduits.push(Disclosed { entry, ..Disclosed::from(&planned) });
    }
    Ok(Json(Disclosures { conduits }))
}
