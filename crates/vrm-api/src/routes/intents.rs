//! Own intents: preview, cast, list, show, withdraw, compare the offers on one.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_core::Cid;
use vrm_node::NodeError;
use vrm_protocol::Refusal;
use vrm_protocol::query;

use super::{Answer, Body, Failure, Failures, Pages, Query, ids};
use crate::dto::{Amount, Comparison, Done, IntentDraft, OwnIntent, Page, PageQuery, Preview, Row};
use crate::server::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, cast))
        .routes(routes!(preview))
        .routes(routes!(show, withdraw))
        .routes(routes!(cast_prepared))
        .routes(routes!(offers))
}

/// Own intents, newest first.
#[utoipa::path(get, path = "/intents", tag = "intents", params(PageQuery),
    responses((status = OK, body = Page<OwnIntent>), Failures))]
async fn list(State(app): State<App>, Query(page): Pages) -> Answer<Page<OwnIntent>> {
    let stored = app.node.read(query::own_intents).await?;
    let mut all = stored.iter().map(|(_, own)| OwnIntent::read(own)).collect::<Result<Vec<_>, _>>()?;
    all.sort_by_key(|own| (std::cmp::Reverse(own.demand.valid_from), own.id));
    Ok(Json(page.cut(all, |own| own.id.to_string())))
}

/// Cast an intent at once, without a preview.
#[utoipa::path(post, path = "/intents", tag = "intents", request_body = IntentDraft,
    responses((status = CREATED, body = Done), Failures))]
async fn cast(
    State(app): State<App>,
    Body(draft): Body<IntentDraft>,
) -> Result<(StatusCode, Json<Done>), Failure> {
    let id = app.node.cast(draft.into()).await?;
    Ok((StatusCode::CREATED, Json(Done { id: Some(id) })))
}

/// Make an intent ready and show exactly what would leave; nothing leaves. It waits ten minutes to be cast.
#[utoipa::path(post, path = "/intents/preview", tag = "intents", request_body = IntentDraft,
    responses((status = OK, body = Preview), Failures))]
async fn preview(State(app): State<App>, Body(draft): Body<IntentDraft>) -> Answer<Preview> {
    let preview = app.node.preview(draft.into()).await?;
    Ok(Json(Preview::new(&preview.prepared.signed, &preview.prepared.private)))
}

/// Cast what a preview showed, byte for byte.
#[utoipa::path(post, path = "/intents/{id}/cast", tag = "intents", params(("id" = String, Path)),
    responses((status = CREATED, body = Done), Failures))]
async fn cast_prepared(
    State(app): State<App>,
    Path(id): Path<Cid>,
) -> Result<(StatusCode, Json<Done>), Failure> {
    let id = app.node.cast_prepared(id).await?;
    Ok((StatusCode::CREATED, Json(Done { id: Some(id) })))
}

/// One own intent.
#[utoipa::path(get, path = "/intents/{id}", tag = "intents", params(("id" = String, Path)),
    responses((status = OK, body = OwnIntent), Failures))]
async fn show(State(app): State<App>, Path(id): Path<String>) -> Answer<OwnIntent> {
    let id = resolve(&app, &id).await?;
    let own = app.node.read(move |view| query::own_intent(view, &id)).await?;
    let own = own.ok_or(NodeError::Refused(Refusal::NoSuchIntent))?;
    Ok(Json(OwnIntent::read(&own)?))
}

/// End an own intent before its time.
#[utoipa::path(delete, path = "/intents/{id}", tag = "intents", params(("id" = String, Path)),
    responses((status = OK, body = Done), Failures))]
async fn withdraw(State(app): State<App>, Path(id): Path<String>) -> Answer<Done> {
    let id = resolve(&app, &id).await?;
    app.node.withdraw(id).await?;
    Ok(Json(Done { id: Some(id) }))
}

/// All offers on an own intent, best first, each with what its score is made of.
#[utoipa::path(get, path = "/intents/{id}/offers", tag = "intents", params(("id" = String, Path)),
    responses((status = OK, body = Comparison), Failures))]
async fn offers(State(app): State<App>, Path(id): Path<String>) -> Answer<Comparison> {
    let intent = resolve(&app, &id).await?;
    let found = app
        .node
        .read(move |view| Ok((query::own_intent(view, &intent)?, query::comparison(view, &intent))))
        .await?;
    let (own, rows) = found;
    let own = OwnIntent::read(&own.ok_or(NodeError::Refused(Refusal::NoSuchIntent))?)?;
    let rows = rows.map_err(NodeError::Refused)?.into_iter().map(Row::from).collect();
    let reserve: Option<Amount> = own.private.reserve;
    Ok(Json(Comparison { intent, cap: own.demand.cap, reserve, rows }))
}

/// The own intent that `asked` names.
async fn resolve(app: &App, asked: &str) -> Result<Cid, Failure> {
    if let Ok(id) = asked.parse() {
        return Ok(id);
    }
    let all = app.node.read(query::own_intents).await?;
    let candidates = all.into_iter().map(|(id, _)| (id.to_string(), id)).collect();
    Ok(ids::find("intent", "vrm intent list", asked, candidates)?)
}
