//! The routes, one file for each resource; and what they share: answers, failures, bodies, ids.
//!
//! Knows HTTP on one side and the node's handle on the other; each handler is parse, ask, answer. Must not know how
//! a socket is opened, nor hold state of its own.

mod blobs;
mod cards;
mod cases;
mod conduits;
mod disclosures;
mod entries;
mod events;
mod filters;
mod health;
mod ids;
mod intents;
mod invitations;
mod mailboxes;
mod matches;
mod metrics;
mod offers;
mod outbox;
mod peers;
mod receipts;
mod status;
mod terms;

use std::collections::BTreeMap;

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde::de::DeserializeOwned;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema as _};
use utoipa_axum::router::OpenApiRouter;
use vrm_node::NodeError;
use vrm_protocol::store::StoreError;

pub(crate) use filters::bad_filter;

use crate::dto::{PageQuery, Problem};
use crate::server::App;

/// Media type of problems (RFC 9457).
const PROBLEM_JSON: &str = "application/problem+json";

/// All routes and their description.
pub(crate) fn all() -> (Router<App>, utoipa::openapi::OpenApi) {
    let api = OpenApiRouter::new()
        .merge(status::routes())
        .merge(intents::routes())
        .merge(matches::routes())
        .merge(filters::routes())
        .merge(cards::routes())
        .merge(offers::routes())
        .merge(terms::routes())
        .merge(conduits::routes())
        .merge(invitations::routes())
        .merge(entries::routes())
        .merge(receipts::routes())
        .merge(cases::routes())
        .merge(disclosures::routes())
        .merge(blobs::routes())
        .merge(peers::routes())
        .merge(mailboxes::routes())
        .merge(outbox::routes())
        .merge(events::routes());
    OpenApiRouter::new()
        .nest("/api/v1", api)
        .merge(health::routes())
        .merge(metrics::routes())
        .split_for_parts()
}

/// What a handler gives.
pub(crate) type Answer<T> = Result<Json<T>, Failure>;

/// A problem on its way out.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) Problem);

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<NodeError> for Failure {
    fn from(error: NodeError) -> Self {
        Self(error.into())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(NodeError::Store(error).into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // Text and numbers always have a JSON form.
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, PROBLEM_JSON)], body).into_response()
    }
}

/// How every route describes its failures.
pub(crate) struct Failures;

impl IntoResponses for Failures {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
        let response = ResponseBuilder::new()
            .description(format!("A {}: code, title, cause, fix, retry", Problem::name()))
            .content(PROBLEM_JSON, content)
            .build();
        BTreeMap::from([("default".to_owned(), response.into())])
    }
}

/// A JSON body; what is wrong with it is told as a problem.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(Failure(unreadable(&rejection))),
        }
    }
}

fn unreadable(rejection: &JsonRejection) -> Problem {
    Problem { code: "bad_body".to_owned(), ..Problem::usage(rejection.body_text()) }
        .mend("compare the body with /api/v1/openapi.json")
}

/// Query parameters, likewise.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(Failure(Problem::usage(rejection.body_text()))),
        }
    }
}

/// Query parameters of a list.
pub(crate) type Pages = Query<PageQuery>;

/// What is answered to a path that does not exist.
pub(crate) async fn nowhere() -> Failure {
    Failure(
        Problem::new(crate::dto::Class::NotFound, "no_such_route", "there is no such route")
            .because("the path is not part of this API")
            .mend("read /api/v1/openapi.json"),
    )
}
