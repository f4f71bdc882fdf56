//! Vendor cards: this node's own, those it heard, and the proof of a domain.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_node::NodeError;
use vrm_protocol::Refusal;
use vrm_protocol::query;

use super::{Answer, Body, Failure, Failures, Pages, Query, ids};
use crate::dto::{Card, CardDraft, DomainProof, Done, Moment, Page, PageQuery, Problem};
use crate::proof;
use crate::server::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, publish))
        .routes(routes!(own))
        .routes(routes!(prove))
        .routes(routes!(show))
}

/// All cards that are kept, by name.
#[utoipa::path(get, path = "/cards", tag = "market", params(PageQuery),
    responses((status = OK, body = Page<Card>), Failures))]
async fn list(State(app): State<App>, Query(page): Pages) -> Answer<Page<Card>> {
    Ok(Json(page.cut(all(&app).await?, |card| card.id.to_string())))
}

/// Publish this node's card; it replaces the one before.
#[utoipa::path(post, path = "/cards", tag = "market", request_body = CardDraft,
    responses((status = CREATED, body = Done), Failures))]
async fn publish(
    State(app): State<App>,
    Body(draft): Body<CardDraft>,
) -> Result<(StatusCode, Json<Done>), Failure> {
    let id = app.node.publish_card(draft.into()).await?;
    Ok((StatusCode::CREATED, Json(Done { id: Some(id) })))
}

/// This node's own card.
#[utoipa::path(get, path = "/cards/own", tag = "market", responses((status = OK, body = Card), Failures))]
async fn own(State(app): State<App>) -> Answer<Card> {
    Ok(Json(own_card(&app).await?))
}

/// The document to serve at the card's domain, signed by the vendor's identity.
#[utoipa::path(post, path = "/cards/own/proof", tag = "market", responses((status = OK, body = DomainProof), Failures))]
async fn prove(State(app): State<App>) -> Answer<DomainProof> {
    let card = own_card(&app).await?;
    let domain = card.domain.ok_or_else(no_domain)?;
    let root = app.node.read(query::root).await?.ok_or(NodeError::Refused(Refusal::NoCard))?;
    let document = proof::make(&root.vendor(), &domain, app.node.now(), card.valid_through.0);
    Ok(Json(DomainProof { domain, document }))
}

/// One card, by its id or its vendor.
#[utoipa::path(get, path = "/cards/{id}", tag = "market", params(("id" = String, Path)),
    responses((status = OK, body = Card), Failures))]
async fn show(State(app): State<App>, Path(id): Path<String>) -> Answer<Card> {
    let cards = all(&app).await?;
    let by_id = cards.iter().map(|c| (c.id.to_string(), c.clone()));
    let by_vendor = cards.iter().map(|c| (c.by.to_string(), c.clone()));
    Ok(Json(ids::find("card", "vrm vendor card list", &id, by_id.chain(by_vendor).collect())?))
}

async fn all(app: &App) -> Result<Vec<Card>, Failure> {
    let mut cards: Vec<Card> =
        app.node.read(query::cards).await?.iter().map(|(r, c)| Card::new(c, r.own, r.equivocates)).collect();
    cards.sort_by(|a, b| (a.name.as_str(), a.id).cmp(&(b.name.as_str(), b.id)));
    Ok(cards)
}

async fn own_card(app: &App) -> Result<Card, Failure> {
    let own = all(app)
        .await?
        .into_iter()
        .filter(|c| c.own)
        .max_by_key(|c: &Card| (c.revision, Moment(c.valid_from.0)));
    Ok(own.ok_or(NodeError::Refused(Refusal::NoCard))?)
}

fn no_domain() -> Problem {
    Problem {
        code: "no_domain".to_owned(),
        ..Problem::usage("the card claims no domain, so there is none to prove")
    }
    .mend("vrm vendor card publish NAME --domain DOMAIN")
}
