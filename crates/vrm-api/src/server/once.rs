//! `Idempotency-Key`: a write that is sent twice with the same key happens once, and both get the same answer.
//!
//! Knows: keys, fingerprints of requests, answers, for as long as there is room. Must not know what a write does.
//! Soft state: after a restart a key is new again, as it is after a few hundred other writes.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use vrm_core::Hash;

use crate::dto::{Class, Problem};
use crate::routes::Failure;

/// The header.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Answers kept: a retry comes within seconds, and nobody writes so fast by hand.
const KEPT: usize = 256;
/// Longest key: a UUID has 36 characters.
const MAX_KEY: usize = 128;
/// Largest request body: an offer of 64 lines stays far below.
pub(crate) const MAX_BODY: usize = 256 * 1024;
/// Largest answer that is kept; writes answer with an id.
const MAX_ANSWER: usize = 256 * 1024;

/// What is known about keys.
#[derive(Debug, Default)]
pub(crate) struct Once(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    by_key: HashMap<String, Entry>,
    order: VecDeque<String>,
}

#[derive(Debug, Clone)]
struct Entry {
    request: Hash,
    answer: Option<Arc<Answer>>,
}

/// An answer that can be given again.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    kind: Option<header::HeaderValue>,
    body: Bytes,
}

/// What to do with a request that carries a key.
enum Turn {
    First,
    Again(Arc<Answer>),
    Refused(Problem),
}

impl Once {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, key: &str, request: Hash) -> Turn {
        let mut kept = self.lock();
        match kept.by_key.get(key) {
            Some(entry) if entry.request != request => Turn::Refused(other_request()),
            Some(Entry { answer: Some(answer), .. }) => Turn::Again(answer.clone()),
            Some(_) => Turn::Refused(still_running()),
            None => {
                kept.insert(key, request);
                Turn::First
            }
        }
    }

    /// Keeps the answer; a failure of this node is forgotten, so that the next try is a real one.
    fn end(&self, key: &str, answer: Option<Arc<Answer>>) {
        let mut kept = self.lock();
        match (answer, kept.by_key.get_mut(key)) {
            (Some(answer), Some(entry)) => entry.answer = Some(answer),
            (None, Some(_)) => kept.forget(key),
            (_, None) => {}
        }
    }
}

impl Kept {
    fn insert(&mut self, key: &str, request: Hash) {
        if self.order.len() >= KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_key.remove(&oldest);
        }
        self.order.push_back(key.to_owned());
        self.by_key.insert(key.to_owned(), Entry { request, answer: None });
    }

    fn forget(&mut self, key: &str) {
        self.by_key.remove(key);
        self.order.retain(|k| k != key);
    }
}

fn other_request() -> Problem {
    Problem::new(Class::Refused, "key_reused", "this idempotency key belongs to another request")
        .because("the same key came with another method, path or body")
        .mend("use a new key for a new request")
}

fn still_running() -> Problem {
    Problem::new(Class::Refused, "still_running", "the first request with this key is not done yet")
        .because("the same request is running")
        .mend("wait a little, then send it again with the same key")
        .worth_retrying()
}

/// The layer around all routes.
pub(crate) async fn once(State(once): State<Arc<Once>>, request: Request, next: Next) -> Response {
    match key_of(request.method(), request.headers()) {
        Ok(Some(key)) => run(&once, key, request, next).await,
        Ok(None) => next.run(request).await,
        Err(problem) => Failure(problem).into_response(),
    }
}

fn key_of(method: &Method, headers: &HeaderMap) -> Result<Option<String>, Problem> {
    if method.is_safe() {
        return Ok(None);
    }
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = value.to_str().ok().filter(|k| !k.is_empty() && k.len() <= MAX_KEY);
    key.map(|k| Some(k.to_owned()))
        .ok_or_else(|| Problem::usage("an Idempotency-Key has 1 to 128 visible characters"))
}

async fn run(once: &Arc<Once>, key: String, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return Failure(Problem::usage("the body is larger than 256 KiB")).into_response();
    };
    let fingerprint =
        Hash::of("once", &[parts.method.as_str().as_bytes(), parts.uri.path().as_bytes(), &body]);
    match once.begin(&key, fingerprint) {
        Turn::Again(answer) => answer.again(),
        Turn::Refused(problem) => Failure(problem).into_response(),
        Turn::First => {
            let running = Running { once: once.clone(), key };
            let request = Request::from_parts(parts, Body::from(body));
            finish(async move { running.done(next.run(request).await).await }).await
        }
    }
}

/// Runs a write to its end even when the caller hangs up: a retry then finds the answer, not a second write.
async fn finish(write: impl Future<Output = Response> + Send + 'static) -> Response {
    let done = tokio::spawn(write).await;
    done.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

struct Running {
    once: Arc<Once>,
    key: String,
}

impl Running {
    async fn done(self, response: Response) -> Response {
        let (parts, body) = response.into_parts();
        let Ok(body) = to_bytes(body, MAX_ANSWER).await else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        if !parts.status.is_server_error() {
            let kind = parts.headers.get(header::CONTENT_TYPE).cloned();
            let answer = Answer { status: parts.status, kind, body: body.clone() };
            self.once.end(&self.key, Some(Arc::new(answer)));
        }
        Response::from_parts(parts, Body::from(body))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let answered = self.once.lock().by_key.get(&self.key).is_some_and(|e| e.answer.is_some());
        if !answered {
            self.once.end(&self.key, None);
        }
    }
}

impl Answer {
    fn again(&self) -> Response {
        let mut response = (self.status, self.body.clone()).into_response();
        if let Some(kind) = &self.kind {
            response.headers_mut().insert(header::CONTENT_TYPE, kind.clone());
        }
        response.headers_mut().insert("idempotency-replayed", header::HeaderValue::from_static("true"));
        response
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn answer() -> Arc<Answer> {
        Arc::new(Answer { status: StatusCode::OK, kind: None, body: Bytes::from_static(b"{}") })
    }

    #[test]
    fn the_second_request_gets_the_first_answer() {
        let (once, request) = (Once::default(), Hash::plain(b"cast"));
        assert!(matches!(once.begin("k", request), Turn::First));
        assert!(matches!(once.begin("k", request), Turn::Refused(p) if p.code == "still_running" && p.retry));
        once.end("k", Some(answer()));
        assert!(matches!(once.begin("k", request), Turn::Again(_)));
        assert!(matches!(once.begin("k", Hash::plain(b"other")), Turn::Refused(p) if p.code == "key_reused"));
    }

    #[test]
    fn a_failure_frees_the_key() {
        let (once, request) = (Once::default(), Hash::plain(b"cast"));
        assert!(matches!(once.begin("k", request), Turn::First));
        once.end("k", None);
        assert!(matches!(once.begin("k", request), Turn::First));
    }

    #[test]
    fn the_cache_is_bounded_and_forgets_the_oldest() {
        let once = Once::default();
        for n in 0..=KEPT {
            once.begin(&n.to_string(), Hash::plain(b"x"));
            once.end(&n.to_string(), Some(answer()));
        }
        assert_eq!(once.lock().by_key.len(), KEPT);
        assert!(matches!(once.begin("0", Hash::plain(b"x")), Turn::First));
        assert!(matches!(once.begin("5", Hash::plain(b"x")), Turn::Again(_)));
    }
}
