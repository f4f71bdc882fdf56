//! Filters: a vendor's standing questions.

use axum::Json;
use axum::extract::{Path, State};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_core::value::Text;
use vrm_protocol::compile_filter;
use vrm_protocol::query;

use super::{Answer, Body, Failures, Pages, Query};
use crate::dto::{Done, Filter, FilterDraft, Page, PageQuery, Problem};
use crate::server::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(save, remove))
}

/// All filters, by name.
#[utoipa::path(get, path = "/filters", tag = "market", params(PageQuery),
    responses((status = OK, body = Page<Filter>), Failures))]
async fn list(State(app): State<App>, Query(page): Pages) -> Answer<Page<Filter>> {
    let all = app.node.read(query::filters).await?;
    let all = all.into_iter().map(Filter::from).collect();
    Ok(Json(page.cut(all, |filter: &Filter| filter.name.to_string())))
}

/// Keep a filter under a name; an equal name is replaced.
#[utoipa::path(put, path = "/filters/{name}", tag = "market", params(("name" = String, Path)), request_body = FilterDraft,
    responses((status = OK, body = Done), Failures))]
async fn save(
    State(app): State<App>,
    Path(name): Path<String>,
    Body(draft): Body<FilterDraft>,
) -> Answer<Done> {
    compile_filter(&draft.source).map_err(|e| bad_filter(&e.to_string()))?;
    app.node.save_filter(named(&name)?, draft.source).await?;
    Ok(Json(Done::default()))
}

/// Forget a filter.
#[utoipa::path(delete, path = "/filters/{name}", tag = "market", params(("name" = String, Path)),
    responses((status = OK, body = Done), Failures))]
async fn remove(State(app): State<App>, Path(name): Path<String>) -> Answer<Done> {
    app.node.remove_filter(named(&name)?).await?;
    Ok(Json(Done::default()))
}

fn named(name: &str) -> Result<Text<64>, Problem> {
    Text::new(name).map_err(|e| Problem::usage(e.to_string()))
}

/// The refusal of a filter, with the place in its source.
#[must_use]
pub(crate) fn bad_filter(why: &str) -> Problem {
    Problem {
        code: "bad_filter".to_owned(),
        title: "the filter does not compile".to_owned(),
        ..Problem::usage(why)
    }
    .mend("correct it at the mark; `vrm filter test` tries it without keeping it")
}
