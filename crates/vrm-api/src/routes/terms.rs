//! Terms: the roster in plain words, the standing choice, the log.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_protocol::query;

use super::{Answer, Body, Failures, Pages, Query};
use crate::dto::{Agreement, Done, Page, PageQuery, TermsLine, TermsPolicy};
use crate::server::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(roster)).routes(routes!(policy, set_policy)).routes(routes!(log))
}

/// The roster: every agreement in plain words, with its hash.
#[utoipa::path(get, path = "/terms", tag = "terms", params(PageQuery),
    responses((status = OK, body = Page<Agreement>), Failures))]
async fn roster(State(app): State<App>, Query(page): Pages) -> Answer<Page<Agreement>> {
    let roster = &app.node.settings().roster;
    let all = roster.agreements.iter().map(|a| Agreement::new(a, &roster.roster)).collect();
    Ok(Json(page.cut(all, |agreement: &Agreement| agreement.id.to_string())))
}

/// What is proffered with every intent, and what is taken as a counter.
#[utoipa::path(get, path = "/terms/policy", tag = "terms", responses((status = OK, body = TermsPolicy), Failures))]
async fn policy(State(app): State<App>) -> Answer<TermsPolicy> {
    Ok(Json(app.node.read(query::terms_policy).await?.into()))
}

/// Set the standing choice of terms.
#[utoipa::path(put, path = "/terms/policy", tag = "terms", request_body = TermsPolicy,
    responses((status = OK, body = Done), Failures))]
async fn set_policy(State(app): State<App>, Body(policy): Body<TermsPolicy>) -> Answer<Done> {
    app.node.set_terms(policy.into()).await?;
    Ok(Json(Done::default()))
}

/// What was proffered and answered, oldest first.
#[utoipa::path(get, path = "/terms/log", tag = "terms", params(PageQuery),
    responses((status = OK, body = Page<TermsLine>), Failures))]
async fn log(State(app): State<App>, Query(page): Pages) -> Answer<Page<TermsLine>> {
    let all = app.node.read(query::terms_log).await?.iter().filter_map(TermsLine::read).collect();
    Ok(Json(page.cut(all, |line: &TermsLine| format!("{}{}", line.intent, line.second_party))))
}
