//! Offers and the talks about them, on either side: offer, ask, answer, counter, accept, confirm, decline.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_core::Cid;
use vrm_core::value::Text;
use vrm_protocol::Refusal;
use vrm_protocol::query;

use super::{Answer, Body, Failure, Failures, Pages, Query, ids};
use crate::dto::{
    Deal, Declined, Done, OfferDraft, OfferPreview, Page, PageQuery, Problem, ProposalDraft, Say,
};
use crate::server::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, offer))
        .routes(routes!(preview))
        .routes(routes!(send_prepared))
        .routes(routes!(show))
        .routes(routes!(ask))
        .routes(routes!(answer))
        .routes(routes!(counter))
        .routes(routes!(accept))
        .routes(routes!(confirm))
        .routes(routes!(decline))
}

/// All talks, the last touched first.
#[utoipa::path(get, path = "/offers", tag = "offers", params(PageQuery),
    responses((status = OK, body = Page<Deal>), Failures))]
async fn list(State(app): State<App>, Query(page): Pages) -> Answer<Page<Deal>> {
    let stored = app.node.read(query::deals).await?;
    let mut all = stored.iter().map(Deal::read).collect::<Result<Vec<_>, _>>()?;
    all.sort_by_key(|deal| (std::cmp::Reverse(deal.touched), deal.id));
    Ok(Json(page.cut(all, |deal| deal.id.to_string())))
}

/// Offer on an intent that was heard.
#[utoipa::path(post, path = "/offers", tag = "offers", request_body = OfferDraft,
    responses((status = CREATED, body = Done), Failures))]
async fn offer(
    State(app): State<App>,
    Body(draft): Body<OfferDraft>,
) -> Result<(StatusCode, Json<Done>), Failure> {
    let id = app.node.offer(draft.into()).await?;
    Ok((StatusCode::CREATED, Json(Done { id: Some(id) })))
}

/// Make an offer ready and show exactly what would leave; nothing leaves. It waits ten minutes to be sent.
#[utoipa::path(post, path = "/offers/preview", tag = "offers", request_body = OfferDraft,
    responses((status = OK, body = OfferPreview), Failures))]
async fn preview(State(app): State<App>, Body(draft): Body<OfferDraft>) -> Answer<OfferPreview> {
    let preview = app.node.preview_offer(draft.into()).await?;
    Ok(Json(OfferPreview::new(&preview.prepared)))
}

/// Send what a preview showed, byte for byte.
#[utoipa::path(post, path = "/offers/{id}/send", tag = "offers", params(("id" = String, Path)),
    responses((status = CREATED, body = Done), Failures))]
async fn send_prepared(
    State(app): State<App>,
    Path(id): Path<Cid>,
) -> Result<(StatusCode, Json<Done>), Failure> {
    let id = app.node.offer_prepared(id).await?;
    Ok((StatusCode::CREATED, Json(Done { id: Some(id) })))
}

/// One talk, by its offer.
#[utoipa::path(get, path = "/offers/{id}", tag = "offers", params(("id" = String, Path)),
    responses((status = OK, body = Deal), Failures))]
async fn show(State(app): State<App>, Path(id): Path<String>) -> Answer<Deal> {
    let id = resolve(&app, &id).await?;
    let deal = app.node.read(move |view| query::deal(view, &id)).await?;
    let deal = deal.ok_or(vrm_node::NodeError::Refused(Refusal::NoSuchOffer))?;
    Ok(Json(Deal::read(&deal)?))
}

/// Ask the one question about an offer.
#[utoipa::path(post, path = "/offers/{id}/ask", tag = "offers", params(("id" = String, Path)), request_body = Say,
    responses((status = OK, body = Done), Failures))]
async fn ask(State(app): State<App>, Path(id): Path<String>, Body(say): Body<Say>) -> Answer<Done> {
    let id = resolve(&app, &id).await?;
    app.node.ask(id, text(&say)?).await?;
    done(id)
}

/// Answer it.
#[utoipa::path(post, path = "/offers/{id}/answer", tag = "offers", params(("id" = String, Path)), request_body = Say,
    responses((status = OK, body = Done), Failures))]
async fn answer(State(app): State<App>, Path(id): Path<String>, Body(say): Body<Say>) -> Answer<Done> {
    let id = resolve(&app, &id).await?;
    app.node.answer(id, text(&say)?).await?;
    done(id)
}

/// Propose something else: once for each offer, by either side.
#[utoipa::path(post, path = "/offers/{id}/counter", tag = "offers", params(("id" = String, Path)), request_body = ProposalDraft,
    responses((status = OK, body = Done), Failures))]
async fn counter(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(draft): Body<ProposalDraft>,
) -> Answer<Done> {
    let id = resolve(&app, &id).await?;
    let counter = app.node.counter(id, draft.into()).await?;
    done(counter)
}

/// Accept an offer, or the counter that the other side made to it.
#[utoipa::path(post, path = "/offers/{id}/accept", tag = "offers", params(("id" = String, Path)),
    responses((status = OK, body = Done), Failures))]
async fn accept(State(app): State<App>, Path(id): Path<String>) -> Answer<Done> {
    let id = resolve(&app, &id).await?;
    let acceptance = app.node.accept(id).await?;
    done(acceptance)
}

/// Confirm an acceptance.
#[utoipa::path(post, path = "/offers/{id}/confirm", tag = "offers", params(("id" = String, Path)),
    responses((status = OK, body = Done), Failures))]
async fn confirm(State(app): State<App>, Path(id): Path<String>) -> Answer<Done> {
    let id = resolve(&app, &id).await?;
    app.node.confirm(id).await?;
    done(id)
}

/// Say no, with a reason and without a winner.
#[utoipa::path(post, path = "/offers/{id}/decline", tag = "offers", params(("id" = String, Path)), request_body = Declined,
    responses((status = OK, body = Done), Failures))]
async fn decline(State(app): State<App>, Path(id): Path<String>, Body(no): Body<Declined>) -> Answer<Done> {
    let id = resolve(&app, &id).await?;
    app.node.decline(id, no.reason).await?;
    done(id)
}

#[expect(clippy::unnecessary_wraps, reason = "the last line of every handler")]
fn done(id: Cid) -> Answer<Done> {
    Ok(Json(Done { id: Some(id) }))
}

fn text<const MAX: usize>(say: &Say) -> Result<Text<MAX>, Problem> {
    Text::new(&say.text).map_err(|e| Problem::usage(e.to_string()))
}

/// The offer that `asked` names.
async fn resolve(app: &App, asked: &str) -> Result<Cid, Failure> {
    if let Ok(id) = asked.parse() {
        return Ok(id);
    }
    let all = app.node.read(query::deals).await?;
    let candidates = all.into_iter().map(|deal| (deal.offer.to_string(), deal.offer)).collect();
    Ok(ids::find("offer", "vrm offer list", asked, candidates)?)
}
