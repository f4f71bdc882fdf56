//! Attachments: photos made fit to be sent, files put beside a journal, blobs listed, read, checked and fetched.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_core::body::MAX_ATTACHMENT;
use vrm_node::photos::MAX_FILE;
use vrm_protocol::blobs::Place;

use super::{Answer, Body, Failure, Failures, Pages, Query, conduits, ids};
use crate::dto::{Attached, Blob, CheckedBlob, Done, FileKind, Page, PageQuery, PhotosDraft, Problem};
use crate::server::App;

/// Media types under which bytes of others are handed out; all else is plain bytes. None of them is ever run.
const SHOWN: [&str; 6] =
    ["image/jpeg", "image/png", "image/webp", "application/pdf", "text/plain", "application/json"];

pub(crate) fn routes() -> OpenApiRouter<App> {
    let photo = OpenApiRouter::new().routes(routes!(photo)).layer(DefaultBodyLimit::max(MAX_FILE + 1));
    // One byte more than fits, so that too much is refused with the rule it breaks.
    let attach = OpenApiRouter::new()
        .routes(routes!(attach))
        .layer(DefaultBodyLimit::max(MAX_ATTACHMENT as usize + 1));
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(bytes))
        .routes(routes!(check))
        .routes(routes!(fetch))
        .routes(routes!(photos))
        .merge(photo)
        .merge(attach)
}

/// Makes a photo of a file: pixels and nothing else. The answer is the preview, and the bytes to attach.
#[utoipa::path(post, path = "/photos", tag = "attachments", request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = OK, body = Vec<u8>, content_type = "image/jpeg"), Failures))]
async fn photo(State(app): State<App>, file: File) -> Result<Response, Failure> {
    let photo = app.node.photo(whole(file)?).await?;
    Ok(([(header::CONTENT_TYPE, photo.media)], photo.bytes).into_response())
}

/// Puts a file beside a conduit's journal, byte for byte as it is sent here. Nothing leaves before an entry names it.
#[utoipa::path(post, path = "/conduits/{id}/blobs", tag = "attachments", params(("id" = String, Path), FileKind),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = OK, body = Attached), Failures))]
async fn attach(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(kind): Query<FileKind>,
    file: File,
) -> Answer<Attached> {
    let conduit = conduits::find(&app, &id).await?;
    let attached = app.node.attach(conduit.id, whole(file)?, kind.media, kind.alt).await?;
    Ok(Json(attached.into()))
}

/// Writes an entry that shows photos.
#[utoipa::path(post, path = "/conduits/{id}/photos", tag = "attachments", params(("id" = String, Path)),
    request_body = PhotosDraft, responses((status = OK, body = Done), Failures))]
async fn photos(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(draft): Body<PhotosDraft>,
) -> Answer<Done> {
    let conduit = conduits::find(&app, &id).await?;
    let photos = draft.photos.into_iter().map(Into::into).collect();
    let id = app.node.show(conduit.id, photos, draft.text.as_deref()).await?;
    Ok(Json(Done { id: Some(id) }))
}

/// All blobs, oldest first.
#[utoipa::path(get, path = "/blobs", tag = "attachments", params(PageQuery),
    responses((status = OK, body = Page<Blob>), Failures))]
async fn list(State(app): State<App>, Query(page): Pages) -> Answer<Page<Blob>> {
    Ok(Json(page.cut(all(&app).await?, |blob| blob.id.to_string())))
}

/// One blob.
#[utoipa::path(get, path = "/blobs/{id}", tag = "attachments", params(("id" = String, Path)),
    responses((status = OK, body = Blob), Failures))]
async fn show(State(app): State<App>, Path(id): Path<String>) -> Answer<Blob> {
    Ok(Json(find(&app, &id).await?))
}

/// What is in it. Bytes of others are data: show them as what they say they are, and run none of them.
#[utoipa::path(get, path = "/blobs/{id}/bytes", tag = "attachments", params(("id" = String, Path)),
    responses((status = OK, body = Vec<u8>, content_type = "application/octet-stream"), Failures))]
async fn bytes(State(app): State<App>, Path(id): Path<String>) -> Result<Response, Failure> {
    let blob = find(&app, &id).await?;
    let (file, bytes) = app.node.blob(place(&blob)).await?;
    let media = SHOWN.into_iter().find(|media| *media == file.media.as_str());
    let head = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media.unwrap_or("application/octet-stream"))),
        (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff")),
    ];
    Ok((head, bytes).into_response())
}

/// Checks what is here of it against its name, chunk by chunk.
#[utoipa::path(get, path = "/blobs/{id}/check", tag = "attachments", params(("id" = String, Path)),
    responses((status = OK, body = CheckedBlob), Failures))]
async fn check(State(app): State<App>, Path(id): Path<String>) -> Answer<CheckedBlob> {
    let blob = find(&app, &id).await?;
    Ok(Json(app.node.check_blob(place(&blob)).await?.into()))
}

/// Fetches it from the other side, whatever its size; the event `attached` tells when it is here.
#[utoipa::path(post, path = "/blobs/{id}/fetch", tag = "attachments", params(("id" = String, Path)),
    responses((status = OK, body = Done), Failures))]
async fn fetch(State(app): State<App>, Path(id): Path<String>) -> Answer<Done> {
    let blob = find(&app, &id).await?;
    app.node.fetch_blob(place(&blob)).await?;
    Ok(Json(Done { id: None }))
}

/// A file as it comes in, bounded.
type File = Result<Bytes, BytesRejection>;

fn whole(file: File) -> Result<Vec<u8>, Failure> {
    let too_large =
        |rejection: BytesRejection| Problem::usage(rejection.body_text()).mend("give a smaller file");
    Ok(file.map_err(too_large)?.to_vec())
}

fn place(blob: &Blob) -> Place {
    Place { conduit: blob.conduit, blob: blob.id }
}

async fn find(app: &App, id: &str) -> Result<Blob, Failure> {
    let candidates = all(app).await?.into_iter().map(|blob| (blob.id.to_string(), blob)).collect();
    Ok(ids::find("blob", "vrm blob list", id, candidates)?)
}

async fn all(app: &App) -> Result<Vec<Blob>, Failure> {
    let mut all: Vec<Blob> = app.node.blobs(None).await?.into_iter().map(Blob::from).collect();
    all.sort_by_key(|blob| (blob.at, blob.id));
    Ok(all)
}
