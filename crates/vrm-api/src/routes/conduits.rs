//! Conduits: the private relationships that deals opened.

use axum::Json;
use axum::extract::{Path, State};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_protocol::store::{StoreError, View};
use vrm_protocol::{conduits, query, records};

use super::{Answer, Body, Failure, Failures, Pages, Query, entries, ids};
use crate::dto::{
    Checked, Conduit, ConsentDraft, Done, EraseDraft, Erasure, JournalEntry, KeysDraft, NoteDraft, Page,
    PageQuery, Policy, Problem, StateDraft,
};
use crate::server::App;

/// Conduits that are counted before a name is told to be ambiguous.
const CANDIDATES: usize = 16;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(set_state))
        .routes(routes!(set_policy))
        .routes(routes!(turn_keys))
        .routes(routes!(answer_successor))
        .routes(routes!(erasures))
        .routes(routes!(journal, note))
        .routes(routes!(verify))
        .routes(routes!(erase))
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
    Ok(Json(find(&app, &id).await?))
}

/// Opens, pauses or closes a conduit on this side; closed is for good, and the journal stays.
#[utoipa::path(put, path = "/conduits/{id}/state", tag = "conduits", params(("id" = String, Path)),
    request_body = StateDraft, responses((status = OK, body = Conduit), Failures))]
async fn set_state(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(draft): Body<StateDraft>,
) -> Answer<Conduit> {
    let conduit = find(&app, &id).await?;
    app.node.set_conduit(conduit.id, draft.state).await?;
    Ok(Json(Conduit { state: draft.state, ..conduit }))
}

/// Sets what this side takes, all of it, and tells the other side.
#[utoipa::path(put, path = "/conduits/{id}/policy", tag = "conduits", params(("id" = String, Path)),
    request_body = Policy, responses((status = OK, body = Conduit), Failures))]
async fn set_policy(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(policy): Body<Policy>,
) -> Answer<Conduit> {
    let conduit = find(&app, &id).await?;
    app.node.set_policy(conduit.id, policy.read()?, policy.forget).await?;
    Ok(Json(find(&app, &id).await?))
}

/// Turns to new keys on this side; with a name, this side is handed over to another firm, and the customer is asked
/// again before it gets a word.
#[utoipa::path(post, path = "/conduits/{id}/keys", tag = "conduits", params(("id" = String, Path)),
    request_body = KeysDraft, responses((status = OK, body = Conduit), Failures))]
async fn turn_keys(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(draft): Body<KeysDraft>,
) -> Answer<Conduit> {
    let conduit = find(&app, &id).await?;
    app.node.turn_keys(conduit.id, draft.to).await?;
    Ok(Json(find(&app, &id).await?))
}

/// Agrees to whoever took over the other side, or closes the conduit without a word.
#[utoipa::path(post, path = "/conduits/{id}/successor", tag = "conduits", params(("id" = String, Path)),
    request_body = ConsentDraft, responses((status = OK, body = Conduit), Failures))]
async fn answer_successor(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(draft): Body<ConsentDraft>,
) -> Answer<Conduit> {
    let conduit = find(&app, &id).await?;
    app.node.answer_successor(conduit.id, draft.agrees).await?;
    Ok(Json(find(&app, &id).await?))
}

/// Requests to erase, and what became of them; whoever let the time pass is in breach. Reads the whole journal.
#[utoipa::path(get, path = "/conduits/{id}/erasures", tag = "conduits", params(("id" = String, Path), PageQuery),
    responses((status = OK, body = Page<Erasure>), Failures))]
async fn erasures(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(page): Pages,
) -> Answer<Page<Erasure>> {
    let conduit = find(&app, &id).await?;
    let (all, now) = (app.node.erasures(conduit.id).await?, app.node.now());
    let all = all.iter().map(|one| Erasure::at(one, now)).collect();
    Ok(Json(page.cut(all, |one: &Erasure| one.id.to_string())))
}

/// The journal in causal order, which is the same on both sides.
#[utoipa::path(get, path = "/conduits/{id}/journal", tag = "conduits", params(("id" = String, Path), PageQuery),
    responses((status = OK, body = Page<JournalEntry>), Failures))]
async fn journal(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(page): Pages,
) -> Answer<Page<JournalEntry>> {
    let conduit = find(&app, &id).await?;
    let after = page.cursor.as_deref().map(str::parse).transpose().map_err(|_| bad_cursor())?;
    let (shown, more) = app.node.journal_page(conduit.id, after, page.limit()).await?;
    let next = shown.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(Json(Page { items: shown.into_iter().map(JournalEntry::from).collect(), next }))
}

/// Writes a note into the journal; the other side gets it as soon as it can be reached.
#[utoipa::path(post, path = "/conduits/{id}/journal", tag = "conduits", params(("id" = String, Path)),
    request_body = NoteDraft, responses((status = OK, body = Done), Failures))]
async fn note(State(app): State<App>, Path(id): Path<String>, Body(draft): Body<NoteDraft>) -> Answer<Done> {
    let conduit = find(&app, &id).await?;
    let files = draft.files.into_iter().map(Into::into).collect();
    let id = app.node.note_with(conduit.id, &draft.note, files).await?;
    Ok(Json(Done { id: Some(id) }))
}

/// Checks every signature, certificate and link of the journal as it is on disk.
#[utoipa::path(get, path = "/conduits/{id}/journal/check", tag = "conduits", params(("id" = String, Path)),
    responses((status = OK, body = Checked), Failures))]
async fn verify(State(app): State<App>, Path(id): Path<String>) -> Answer<Checked> {
    let conduit = find(&app, &id).await?;
    Ok(Json(app.node.verify_journal(conduit.id).await?.into()))
}

/// Erases what entries say on this side, at once and for good, and asks the other side to do the same.
#[utoipa::path(post, path = "/conduits/{id}/journal/erase", tag = "conduits", params(("id" = String, Path)),
    request_body = EraseDraft, responses((status = OK, body = Done), Failures))]
async fn erase(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(draft): Body<EraseDraft>,
) -> Answer<Done> {
    let conduit = find(&app, &id).await?;
    let mut named = Vec::new();
    for asked in &draft.entries {
        named.push(entries::find(&app, conduit.id, asked).await?);
    }
    let id = app.node.erase(conduit.id, named).await?;
    Ok(Json(Done { id: Some(id) }))
}

fn bad_cursor() -> Problem {
    Problem::usage("the cursor is no entry's id").mend("give the `next` of the page before")
}

/// The conduit that `id` names.
pub(super) async fn find(app: &App, id: &str) -> Result<Conduit, Failure> {
    let named = id.to_owned();
    let found = read(app, move |view| query::conduits_named(view, &named, CANDIDATES)).await?;
    let candidates = found.into_iter().map(|conduit| (conduit.id.to_string(), conduit)).collect();
    Ok(ids::find("conduit", "vrm conduit list", id, candidates)?)
}

async fn all(app: &App) -> Result<Vec<Conduit>, Failure> {
    let mut all = read(app, query::conduits).await?;
    all.sort_by_key(|conduit| (conduit.at, conduit.id));
    Ok(all)
}

/// Conduits, with how much of each the other side has filled.
async fn read(
    app: &App,
    some: impl FnOnce(&dyn View) -> Result<Vec<records::Conduit>, StoreError> + Send + 'static,
) -> Result<Vec<Conduit>, Failure> {
    let most = app.node.settings().journal_bytes;
    let with_filled = move |view: &dyn View| {
        let with = |conduit: records::Conduit| {
            Ok(Conduit::of(conduit.clone(), conduits::filled(view, &conduit.id)?, most))
        };
        some(view)?.into_iter().map(with).collect()
    };
    Ok(app.node.read(with_filled).await?)
}
