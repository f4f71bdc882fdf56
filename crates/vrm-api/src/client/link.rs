//! One connection to the daemon: a request out, an answer in, both bounded.

use std::io;
use std::path::Path;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Method, Request, Response, header};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;

use crate::dto::{Class, Problem};
use crate::server::{IDEMPOTENCY_KEY, VERSION_HEADER};

/// Largest answer that is read: a page of a thousand matches with their bytes stays below.
const MAX_ANSWER: usize = 64 << 20;

/// A connection.
pub(super) struct Link {
    sender: SendRequest<Full<Bytes>>,
    process: Option<u32>,
}

/// An answer that was read to its end.
pub(super) struct Answer {
    status: u16,
    pub(super) version: Option<String>,
    body: Bytes,
}

impl Link {
    /// Opens a connection.
    pub(super) async fn open(socket: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(socket).await?;
        let process =
            stream.peer_cred().ok().and_then(|cred| cred.pid()).and_then(|pid| u32::try_from(pid).ok());
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        // The task ends with the connection, which ends with this link.
        tokio::spawn(connection);
        Ok(Self { sender, process })
    }

    /// The process at the other end.
    pub(super) fn process(&self) -> Option<u32> {
        self.process
    }

    /// Sends a request and reads the head of the answer.
    pub(super) async fn start(
        &mut self,
        method: &Method,
        path: &str,
        key: Option<&str>,
        body: Option<Vec<u8>>,
    ) -> Result<Response<Incoming>, hyper::Error> {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "vrm");
        if let Some(key) = key {
            request = request.header(IDEMPOTENCY_KEY, key);
        }
        if body.is_some() {
            // Every write in JSON carries a key.
            let kind = key.map_or("application/octet-stream", |_| "application/json");
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let body = Full::new(Bytes::from(body.unwrap_or_default()));
        let request = request
            .body(body)
            .expect("paths are built by `calls` from escaped parts, headers are plain text");
        self.sender.send_request(request).await
    }

    /// Sends a request and reads the whole answer.
    pub(super) async fn exchange(
        &mut self,
        method: &Method,
        path: &str,
        key: Option<&str>,
        body: Option<Vec<u8>>,
    ) -> Result<Answer, hyper::Error> {
        let response = self.start(method, path, key, body).await?;
        Answer::read(response).await
    }
}

impl Answer {
    /// Reads an answer to its end.
    pub(super) async fn read(response: Response<Incoming>) -> Result<Self, hyper::Error> {
        let version = response.headers().get(VERSION_HEADER).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let status = response.status().as_u16();
        let body = match Limited::new(response.into_body(), MAX_ANSWER).collect().await {
            Ok(body) => body.to_bytes(),
            Err(e) => match e.downcast::<hyper::Error>() {
                Ok(e) => return Err(*e),
                // Over the bound: what was read is not JSON, and is refused as such.
                Err(_) => Bytes::new(),
            },
        };
        Ok(Self { status, version, body })
    }

    /// The value that was answered, or the problem.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        if (200..300).contains(&self.status) {
            return serde_json::from_slice(&self.body).map_err(|e| strange(&e.to_string()));
        }
        Err(serde_json::from_slice(&self.body).unwrap_or_else(|_| self.bare()))
    }

    /// The bytes that were answered, or the problem.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, Problem> {
        match self.status {
            200..300 => Ok(self.body.to_vec()),
            _ => Err(serde_json::from_slice(&self.body).unwrap_or_else(|_| self.bare())),
        }
    }

    /// A failure that did not come as a problem: the path is unknown, or the program at the socket is another.
    fn bare(&self) -> Problem {
        strange(&format!("status {} without an explanation", self.status))
    }
}

fn strange(why: &str) -> Problem {
    Problem::new(Class::Failed, "strange_answer", "the daemon's answer makes no sense")
        .because(why)
        .mend("vrm down && vrm up")
}
