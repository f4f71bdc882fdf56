//! Support cases: list, show, open, take a step, end.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_core::Cid;
use vrm_core::body::Kind;
use vrm_protocol::cases::{self, Act};
use vrm_protocol::conduits::Shown;
use vrm_protocol::records;

use super::{Answer, Body, Failure, Failures, Pages, Query, conduits, ids};
use crate::dto::{
    Case, CaseDraft, CaseLine, Class, Done, EntryDraft, JournalEntry, Page, PageQuery, Problem, StepDraft,
};
use crate::server::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, open))
        .routes(routes!(show))
        .routes(routes!(step))
        .routes(routes!(close))
}

/// The cases of all conduits, the last opened first. The journals of all conduits are read.
#[utoipa::path(get, path = "/cases", tag = "cases", params(PageQuery),
    responses((status = OK, body = Page<Case>), Failures))]
async fn list(State(app): State<App>, Query(page): Pages) -> Answer<Page<Case>> {
    let now = app.node.now();
    let mut all = Vec::new();
    for (conduit, book) in app.node.cases(None).await? {
        all.extend(
            book.cases.iter().map(|(id, case)| Case::new(&conduit, id, case, book.opened.get(id), now)),
        );
    }
    all.sort_by_key(|case| (std::cmp::Reverse(case.opened), case.id));
    Ok(Json(page.cut(all, |case| case.id.to_string())))
}

/// Open a case in a conduit.
#[utoipa::path(post, path = "/cases", tag = "cases", request_body = CaseDraft,
    responses((status = CREATED, body = Done), Failures))]
async fn open(
    State(app): State<App>,
    Body(draft): Body<CaseDraft>,
) -> Result<(StatusCode, Json<Done>), Failure> {
    let conduit = conduits::find(&app, &draft.conduit).await?;
    let body =
        EntryDraft { kind: Kind::CaseOpen.word().to_owned(), body: Value::Object(draft.body) }.read()?;
    let id = app.node.append(conduit.id, &body).await?;
    Ok((StatusCode::CREATED, Json(Done { id: Some(id) })))
}

/// One case with everything that was done and, by now, not done.
#[utoipa::path(get, path = "/cases/{id}", tag = "cases", params(("id" = String, Path)),
    responses((status = OK, body = Case), Failures))]
async fn show(State(app): State<App>, Path(id): Path<String>) -> Answer<Case> {
    let found = find(&app, &id).await?;
    let now = app.node.now();
    let lines = found.case.timeline(now);
    let said = said(&app, &found).await?;
    let timeline = lines.iter().map(|line| {
        let line = CaseLine::from(line);
        let text = said.iter().find(|entry| Some(entry.id) == line.entry);
        CaseLine {
            text: text.map(|entry| JournalEntry::from(entry.clone()).text.unwrap_or_default()),
            ..line
        }
    });
    let timeline = timeline.collect();
    Ok(Json(Case { timeline, ..Case::new(&found.conduit, &found.id, &found.case, found.open.as_ref(), now) }))
}

/// Take a step: remark, acknowledge, ask, answer, propose, reject, escalate.
#[utoipa::path(post, path = "/cases/{id}/steps", tag = "cases", params(("id" = String, Path)),
    request_body = StepDraft, responses((status = CREATED, body = Done), Failures))]
async fn step(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(draft): Body<StepDraft>,
) -> Result<(StatusCode, Json<Done>), Failure> {
    take(&app, &id, Kind::CaseUpdate, draft.body).await
}

/// End a case: solved, or refused.
#[utoipa::path(post, path = "/cases/{id}/close", tag = "cases", params(("id" = String, Path)),
    request_body = StepDraft, responses((status = CREATED, body = Done), Failures))]
async fn close(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(draft): Body<StepDraft>,
) -> Result<(StatusCode, Json<Done>), Failure> {
    take(&app, &id, Kind::CaseClose, draft.body).await
}

/// Writes a step, unless it would stand in the timeline as one that does not fit.
async fn take(
    app: &App,
    id: &str,
    kind: Kind,
    mut fields: Map<String, Value>,
) -> Result<(StatusCode, Json<Done>), Failure> {
    let found = find(app, id).await?;
    fields.insert("case".to_owned(), found.id.to_string().into());
    let body = EntryDraft { kind: kind.word().to_owned(), body: Value::Object(fields) }.read()?;
    if let Some(act) = Act::of(&body) {
        found.case.allows(found.conduit.side, act).map_err(|why| misplaced(&why.to_string(), &found.id))?;
    }
    let id = app.node.append(found.conduit.id, &body).await?;
    Ok((StatusCode::CREATED, Json(Done { id: Some(id) })))
}

fn misplaced(why: &str, case: &Cid) -> Problem {
    Problem::new(Class::Refused, "misplaced_step", "this step does not fit here")
        .because(why)
        .mend(format!("vrm case show {}", case.short()))
}

/// A case and where it stands.
struct Found {
    conduit: records::Conduit,
    id: Cid,
    case: cases::Case,
    open: Option<vrm_core::body::CaseOpen>,
}

/// The case that `asked` names, in any conduit.
async fn find(app: &App, asked: &str) -> Result<Found, Failure> {
    let mut candidates = Vec::new();
    for (conduit, mut book) in app.node.cases(None).await? {
        for (id, case) in book.cases.iter() {
            let open = book.opened.remove(id);
            let found = Found { conduit: conduit.clone(), id: *id, case: case.clone(), open };
            candidates.push((id.to_string(), found));
        }
    }
    Ok(ids::find("case", "vrm case list", asked, candidates)?)
}

/// The entries of a case, with what they say.
async fn said(app: &App, found: &Found) -> Result<Vec<Shown>, Failure> {
    let steps: Vec<Cid> = found.case.timeline(app.node.now()).iter().filter_map(entry).collect();
    let outline = app.node.outline(found.conduit.id).await?;
    let some = outline.iter().filter(|o| steps.contains(&o.id)).cloned().collect();
    Ok(app.node.entries(found.conduit.id, some).await?)
}

fn entry(line: &cases::Line) -> Option<Cid> {
    if let cases::Line::Step { step, .. } = line { Some(step.id) } else { None }
}
