//! The API as a program on this machine meets it: a node in memory, its socket, the typed client and bare HTTP.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::PathBuf;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::UnixStream;
use vrm_api::client::Client;
use vrm_api::dto::{Amount, Class, IntentDraft, PageQuery, Problem, TermsPolicy};
use vrm_api::server::{self, Server};
use vrm_node::Node;

/// Alice's node behind its socket.
struct Alice {
    _home: tempfile::TempDir,
    socket: PathBuf,
    server: Server,
    node: vrm_node::NodeHandle,
    client: Client,
}

async fn alice() -> Alice {
    let home = tempfile::tempdir().unwrap();
    let socket = home.path().join("api.sock");
    let node = Node::builder().in_memory().listen(["/ip4/127.0.0.1/tcp/0"]).work(4, 4).spawn().await.unwrap();
    let server = server::serve(node.clone(), &socket).unwrap();
    let client = Client::new(&socket).timeout(Duration::from_secs(20));
    Alice { _home: home, socket, server, node, client }
}

impl Alice {
    async fn leave(self) {
        self.server.close().await;
        self.node.shutdown().await.unwrap();
    }

    /// A request as any program would send it.
    async fn http(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, Response<()>, String) {
        let stream = UnixStream::connect(&self.socket).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "vrm")
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = sender
            .send_request(request.body(Full::new(Bytes::from(body.to_owned()))).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts.status.as_u16(), Response::from_parts(parts, ()), String::from_utf8(body.to_vec()).unwrap())
    }
}

fn dishwasher() -> IntentDraft {
    let mut draft = IntentDraft::new("mid-size dishwasher".parse().unwrap());
    draft.category = vec!["x:home/dishwasher".parse().unwrap()];
    draft.place = Some("u33dc0".parse().unwrap());
    draft.reserve = Some(Amount("612.34EUR".parse().unwrap()));
    draft.address = Some("Lindenweg 7, Berlin".parse().unwrap());
    draft
}

#[tokio::test]
async fn what_the_preview_showed_is_what_is_cast_and_the_reserve_stays_home() {
    let alice = alice().await;
    let preview = alice.client.preview(&dishwasher()).await.unwrap();
    assert_eq!(
        alice.client.intents(&PageQuery::default()).await.unwrap().items.len(),
        0,
        "nothing is cast yet"
    );
    let done = alice.client.cast_prepared(&preview.id).await.unwrap();
    assert_eq!(done.id, Some(preview.id));
    let short = preview.id.short();
    let own = alice.client.intent(&short).await.unwrap();
    assert_eq!((own.bytes.as_str(), own.demand.clone()), (preview.bytes.as_str(), preview.demand.clone()));
    assert_eq!(own.private.reserve, dishwasher().reserve);
    assert_eq!(own.private.place.unwrap().as_str(), "u33dc0");
    let public = serde_json::to_string(&own.demand).unwrap();
    assert!(
        public.contains("u33d")
            && !public.contains("u33dc")
            && !public.contains("612.34")
            && !public.contains("Lindenweg")
    );
    let raw = data_encoding::HEXLOWER.decode(own.bytes.as_bytes()).unwrap();
    assert!(!raw.windows(9).any(|w| w == b"Lindenweg") && !raw.windows(5).any(|w| w == b"u33dc"));
    let gone = alice.client.cast_prepared(&preview.id).await.unwrap_err();
    assert_eq!((gone.code.as_str(), gone.class), ("preview_gone", Class::NotFound));
    alice.leave().await;
}

#[tokio::test]
async fn a_write_that_is_sent_twice_happens_once() {
    let alice = alice().await;
    let body = json!({ "name": "bicycle" }).to_string();
    let key = [("idempotency-key", "once-and-only-once")];
    let (first, _, answer) = alice.http("POST", "/api/v1/intents", &key, &body).await;
    let (second, head, again) = alice.http("POST", "/api/v1/intents", &key, &body).await;
    assert_eq!((first, second, &answer), (201, 201, &again));
    assert_eq!(head.headers()["idempotency-replayed"], "true");
    assert_eq!(alice.client.intents(&PageQuery::default()).await.unwrap().items.len(), 1);
    let (other, _, problem) =
        alice.http("POST", "/api/v1/intents", &key, &json!({ "name": "boat" }).to_string()).await;
    assert_eq!((other, code(&problem).as_str()), (409, "key_reused"));
    let (bad, _, problem) = alice.http("POST", "/api/v1/intents", &[("idempotency-key", "")], &body).await;
    assert_eq!((bad, code(&problem).as_str()), (422, "usage"));
    alice.leave().await;
}

fn code(problem: &str) -> String {
    let problem: Problem = serde_json::from_str(problem).unwrap();
    assert!(!problem.title.is_empty() && !problem.cause.is_empty(), "{problem:?}");
    problem.code
}

#[tokio::test]
async fn refused_input_comes_back_as_a_problem_that_names_the_place() {
    let alice = alice().await;
    let float = json!({ "name": "x", "reserve": { "amount": 1.5, "currency": "EUR" } }).to_string();
    let (status, head, body) = alice.http("POST", "/api/v1/intents/preview", &[], &float).await;
    assert_eq!(
        (status, &head.headers()["content-type"]),
        (422, &"application/problem+json".parse().unwrap())
    );
    assert!(body.contains("reserve.amount"), "{body}");
    for (path, input, says) in [
        (
            "/api/v1/intents/preview",
            json!({ "name": "x", "reserve": { "amount": "1", "currency": "XYZ" } }),
            "ISO 4217",
        ),
        (
            "/api/v1/intents/preview",
            json!({ "name": "x", "itemOffered": { "gtin": "4006381333932" } }),
            "check digit",
        ),
        ("/api/v1/intents/preview", json!({ "name": "x", "resrve": 1 }), "unknown field"),
        ("/api/v1/intents/preview", json!({ "name": "x", "place": "u33a" }), "not used in geohashes"),
        ("/api/v1/peers", json!({ "address": "nowhere" }), ""),
    ] {
        let (status, _, body) = alice.http("POST", path, &[], &input.to_string()).await;
        assert!(status == 422 && body.contains(says), "{status} {body}");
        code(&body);
    }
    let (status, _, body) = alice
        .http("PUT", "/api/v1/filters/f", &[], &json!({ "source": "budgte.max > 1 EUR" }).to_string())
        .await;
    assert!(status == 422 && code(&body) == "bad_filter" && body.contains("^^^^^^"), "{body}");
    let (status, _, body) = alice.http("GET", "/api/v1/nothing", &[], "").await;
    assert_eq!((status, code(&body).as_str()), (404, "no_such_route"));
    alice.leave().await;
}

#[tokio::test]
async fn events_go_on_from_where_a_reader_stopped() {
    let alice = alice().await;
    let cast = alice.client.cast(&dishwasher()).await.unwrap().id.unwrap();
    let mut events = alice.client.events(Some(0)).await.unwrap();
    let first = events.next().await.unwrap().unwrap();
    assert_eq!((first.what.as_str(), first.text("intent").unwrap().to_owned()), ("cast", cast.to_string()));
    alice.client.withdraw(&cast.to_string()).await.unwrap();
    let mut later = alice.client.events(Some(first.seq)).await.unwrap();
    let second = later.next().await.unwrap().unwrap();
    assert_eq!((second.what.as_str(), second.seq > first.seq), ("withdrawn", true));
    // An open stream does not hold the server up, and its reader sees an orderly end.
    let Alice { server, node, .. } = alice;
    server.close().await;
    assert!(matches!(later.next().await, Ok(None)));
    node.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_last_event_id_goes_before_since() {
    let alice = alice().await;
    alice.client.cast(&dishwasher()).await.unwrap();
    let stream = UnixStream::connect(&alice.socket).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get("/api/v1/events?since=999").header("host", "vrm").header("last-event-id", "0");
    let mut response = sender.send_request(request.body(Full::<Bytes>::default()).unwrap()).await.unwrap();
    let frame = response.body_mut().frame().await.unwrap().unwrap().into_data().unwrap();
    let text = String::from_utf8(frame.to_vec()).unwrap();
    assert!(text.contains("id: 1\n") && text.contains("event: cast\n"), "{text}");
    alice.leave().await;
}

#[tokio::test]
async fn lists_go_on_from_their_cursor() {
    let alice = alice().await;
    for n in 0..5 {
        alice.client.save_filter(&format!("f{n}"), "true").await.unwrap();
    }
    let mut names = Vec::new();
    let mut page = PageQuery { limit: Some(2), cursor: None };
    loop {
        let got = alice.client.filters(&page).await.unwrap();
        names.extend(got.items.into_iter().map(|f| f.name.to_string()));
        match got.next {
            Some(next) => page.cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(names, ["f0", "f1", "f2", "f3", "f4"]);
    alice.client.remove_filter("f3").await.unwrap();
    assert_eq!(alice.client.remove_filter("f3").await.unwrap_err().class, Class::NotFound);
    alice.leave().await;
}

#[tokio::test]
async fn every_payload_that_left_has_one_line_in_the_outbox() {
    let alice = alice().await;
    let cast = alice.client.cast(&dishwasher()).await.unwrap().id.unwrap();
    let lines = alice.client.outbox(&PageQuery::default()).await.unwrap().items;
    let told: Vec<_> = lines.iter().map(|l| (l.kind.to_string(), l.id, l.act.clone())).collect();
    assert_eq!(told, [("intent".to_owned(), cast, "human".to_owned())]);
    alice.leave().await;
}

#[tokio::test]
async fn terms_are_shown_set_and_bounded_by_the_roster() {
    let alice = alice().await;
    let roster = alice.client.roster(&PageQuery::default()).await.unwrap().items;
    assert!(
        roster.iter().any(|a| a.id.as_str() == "SD-BASE" && a.proffer && a.text.contains("for nothing else"))
    );
    let policy = |id: &str| TermsPolicy { proffer: vec![id.parse().unwrap()], take: Vec::new() };
    alice.client.set_terms(&policy("SD-BASE-DP")).await.unwrap();
    assert_eq!(alice.client.terms_policy().await.unwrap().proffer[0].as_str(), "SD-BASE-DP");
    let refused = alice.client.set_terms(&policy("SD-BASE-ATP")).await.unwrap_err();
    assert_eq!((refused.code.as_str(), refused.class), ("not_profferable", Class::Refused));
    let unknown = alice.client.set_terms(&policy("NO-SUCH")).await.unwrap_err();
    assert_eq!(unknown.class, Class::NotFound);
    alice.leave().await;
}

#[tokio::test]
async fn supervisors_and_prometheus_are_answered() {
    let alice = alice().await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(alice.http("GET", path, &[], "").await.0, 200);
    }
    let (status, head, text) = alice.http("GET", "/metrics", &[], "").await;
    assert_eq!(
        (status, &head.headers()["content-type"]),
        (200, &"text/plain; version=0.0.4; charset=utf-8".parse().unwrap())
    );
    assert!(
        text.contains("\nvrm_connections 0\n")
            && text.lines().all(|l| l.starts_with('#') || l.split(' ').count() == 2)
    );
    assert_eq!(head.headers()["vrm-version"], server::VERSION);
    alice.leave().await;
}

#[tokio::test]
async fn a_stop_is_asked_for_over_the_api_and_the_socket_is_gone_afterwards() {
    let alice = alice().await;
    let status = alice.client.status().await.unwrap();
    assert_eq!(alice.client.daemon_process().await.unwrap(), Some(status.process));
    alice.client.stop().await.unwrap();
    alice.server.asked_to_stop().await;
    let (client, socket) = (alice.client.clone(), alice.socket.clone());
    alice.leave().await;
    assert!(!socket.exists());
    let gone = client.status().await.unwrap_err();
    assert_eq!((gone.code.as_str(), gone.class.exit_code(), gone.fix.as_str()), ("no_daemon", 3, "vrm up"));
}

#[tokio::test]
async fn a_daemon_of_another_version_is_recognised() {
    let home = tempfile::tempdir().unwrap();
    let socket = home.path().join("api.sock");
    let listener = tokio::net::UnixListener::bind(&socket).unwrap();
    let old = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 1024];
        let _ = stream.read(&mut head).await.unwrap();
        let answer = "HTTP/1.1 200 OK\r\nvrm-version: 0.0.1\r\ncontent-length: 2\r\n\r\n{}";
        stream.write_all(answer.as_bytes()).await.unwrap();
    });
    let refused = Client::new(&socket).status().await.unwrap_err();
    assert_eq!((refused.code.as_str(), refused.class.exit_code()), ("other_version", 3));
    assert!(refused.cause.contains("0.0.1"));
    old.await.unwrap();
}

#[test]
fn the_description_names_every_route_and_every_failure() {
    let api = serde_json::to_value(server::openapi()).unwrap();
    assert_eq!(api["openapi"], "3.1.0");
    let paths: Vec<&String> = api["paths"].as_object().unwrap().keys().collect();
    insta::assert_snapshot!(paths.iter().map(|p| p.as_str()).collect::<Vec<_>>().join("\n"));
    for (path, methods) in api["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let described = operation["summary"].is_string() || operation["description"].is_string();
            let fails = path == "/healthz"
                || operation["responses"]["default"]["content"]["application/problem+json"].is_object();
            assert!(described && fails, "{method} {path}");
        }
    }
    let refs = serde_json::to_string(&api).unwrap();
    let schemas = api["components"]["schemas"].as_object().unwrap();
    for part in refs.split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is referred to and not described");
    }
    assert!(schemas.values().all(Value::is_object));
}

#[tokio::test]
async fn a_photo_that_was_made_here_holds_nothing_but_its_picture_and_bad_files_are_told_apart() {
    let alice = alice().await;
    let refused = alice.client.photo(b"GIF89a".to_vec()).await.unwrap_err();
    assert_eq!((refused.code.as_str(), refused.class), ("bad_photo", Class::Usage));
    let refused = alice.client.attach("nobody", vec![1], "text/plain", None).await.unwrap_err();
    assert_eq!(refused.class, Class::NotFound);
    let refused = alice.client.blob_bytes("0123456789").await.unwrap_err();
    assert_eq!((refused.code.as_str(), refused.class), ("no_such_blob", Class::NotFound));
    let (status, _, body) = alice.http("POST", "/api/v1/photos", &[], &"x".repeat((32 << 20) + 2)).await;
    assert!(status == 422 && !code(&body).is_empty(), "{status} {body}");
    assert!(alice.client.blobs(&PageQuery::default()).await.unwrap().items.is_empty());
    alice.leave().await;
}
