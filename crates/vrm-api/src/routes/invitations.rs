//! Invitations: conduits without a deal.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_core::Cid;
use vrm_protocol::invitations;
use vrm_protocol::store::{StoreError, View};

use super::{Answer, Body, Failure, Failures, Pages, Query, ids};
use crate::dto::{Done, Invitation, InvitationDraft, JoinDraft, Page, PageQuery};
use crate::server::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, invite)).routes(routes!(join)).routes(routes!(withdraw))
}

/// All invitations, given and taken, oldest first.
#[utoipa::path(get, path = "/invitations", tag = "conduits", params(PageQuery),
    responses((status = OK, body = Page<Invitation>), Failures))]
async fn list(State(app): State<App>, Query(page): Pages) -> Answer<Page<Invitation>> {
    Ok(Json(page.cut(app.node.read(all).await?, |invitation| invitation.id.to_string())))
}

/// Gives an invitation: whoever takes its link first shares a conduit with this node.
#[utoipa::path(post, path = "/invitations", tag = "conduits", request_body = InvitationDraft,
    responses((status = CREATED, body = Invitation), Failures))]
async fn invite(
    State(app): State<App>,
    Body(draft): Body<InvitationDraft>,
) -> Result<(StatusCode, Json<Invitation>), Failure> {
    let id = app.node.invite(draft.into()).await?.id();
    Ok((StatusCode::CREATED, Json(one(&app, id).await?)))
}

/// Takes the invitation in a link. Its conduit opens once the inviter has answered: the event `joined` tells so.
#[utoipa::path(post, path = "/invitations/join", tag = "conduits", request_body = JoinDraft,
    responses((status = CREATED, body = Invitation), Failures))]
async fn join(
    State(app): State<App>,
    Body(draft): Body<JoinDraft>,
) -> Result<(StatusCode, Json<Invitation>), Failure> {
    let id = app.node.join(&draft.link, draft.name).await?;
    Ok((StatusCode::CREATED, Json(one(&app, id).await?)))
}

/// Withdraws an invitation that nobody took yet.
#[utoipa::path(delete, path = "/invitations/{id}", tag = "conduits", params(("id" = String, Path)),
    responses((status = OK, body = Done), Failures))]
async fn withdraw(State(app): State<App>, Path(id): Path<String>) -> Answer<Done> {
    let given = app.node.read(all).await?.into_iter().filter(|invitation| invitation.given);
    let candidates = given.map(|invitation| (invitation.id.to_string(), invitation.id)).collect();
    let id = ids::find("invitation", "vrm conduit invitations", &id, candidates)?;
    app.node.uninvite(id).await?;
    Ok(Json(Done { id: Some(id) }))
}

async fn one(app: &App, id: Cid) -> Result<Invitation, Failure> {
    let all = app.node.read(all).await?.into_iter().map(|one| (one.id.to_string(), one)).collect();
    Ok(ids::find("invitation", "vrm conduit invitations", &id.to_string(), all)?)
}

fn all(view: &dyn View) -> Result<Vec<Invitation>, StoreError> {
    let given = invitations::given(view)?.into_iter().map(|(_, record)| Invitation::given(&record));
    let taken = invitations::taken(view)?.into_iter().map(|(_, record)| Invitation::taken(&record));
    let mut all = given.chain(taken).collect::<Result<Vec<_>, _>>()?;
    all.sort_by_key(|invitation| (invitation.at, invitation.id));
    Ok(all)
}
