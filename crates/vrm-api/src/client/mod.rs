//! The typed client of the local API: what the command line and any Rust program use to talk to the daemon.
//!
//! Knows: the socket, JSON, the same DTOs as the server, that both must be of one version. Must not know what a
//! terminal is. One connection for each request: over a Unix socket it costs less than keeping one alive.

mod calls;
mod link;
mod stream;

use std::path::{Path, PathBuf};
use std::time::Duration;

use hyper::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::dto::{Class, Problem};
use crate::server::VERSION;

pub use stream::EventStream;

use link::{Answer, Link};

/// How long a request may take when nobody says: proof of work on a slow machine takes the longest.
const USUAL_TIMEOUT: Duration = Duration::from_secs(60);

/// A client of one daemon.
#[derive(Debug, Clone)]
pub struct Client {
    socket: PathBuf,
    timeout: Duration,
    any_version: bool,
}

impl Client {
    /// A client of the daemon that listens at `socket`. Nothing is opened yet.
    #[must_use]
    pub fn new(socket: impl Into<PathBuf>) -> Self {
        Self { socket: socket.into(), timeout: USUAL_TIMEOUT, any_version: false }
    }

    /// Gives up on an answer after this long.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Talks to a daemon of any version: enough to ask how it is and to stop it.
    #[must_use]
    pub fn any_version(mut self) -> Self {
        self.any_version = true;
        self
    }

    /// Where the daemon is expected.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The process that answers at the socket, if the system tells.
    ///
    /// # Errors
    /// When no daemon answers.
    pub async fn daemon_process(&self) -> Result<Option<u32>, Problem> {
        let link = Link::open(&self.socket).await.map_err(|why| self.no_daemon(&why))?;
        Ok(link.process())
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Problem> {
        self.call(Method::GET, path, None).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Problem> {
        let body = serde_json::to_vec(body).map_err(|e| Problem::usage(e.to_string()))?;
        self.call(method, path, Some(body)).await
    }

    async fn post<T: DeserializeOwned>(&self, path: &str) -> Result<T, Problem> {
        self.call(Method::POST, path, None).await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<T, Problem> {
        let answer = self.within(self.exchange(method, path, body)).await?;
        answer.json()
    }

    /// Sends or asks for bytes that are no JSON. What is sent so does nothing twice, and needs no key.
    async fn bytes(&self, method: Method, path: &str, body: Option<Vec<u8>>) -> Result<Answer, Problem> {
        self.within(async {
            let mut link = Link::open(&self.socket).await.map_err(|why| self.no_daemon(&why))?;
            let answer = link.exchange(&method, path, None, body).await.map_err(|why| broken(&why))?;
            self.check_version(&answer)?;
            Ok(answer)
        })
        .await
    }

    /// Sends a request; a write carries a key, so that one that broke half-way is sent again without being done twice.
    async fn exchange(&self, method: Method, path: &str, body: Option<Vec<u8>>) -> Result<Answer, Problem> {
        let key = if method.is_safe() { None } else { Some(fresh_key()?) };
        let mut link = Link::open(&self.socket).await.map_err(|why| self.no_daemon(&why))?;
        let first = link.exchange(&method, path, key.as_deref(), body.clone()).await;
        let answer = match first {
            Ok(answer) => answer,
            Err(_) if key.is_some() => {
                let mut link = Link::open(&self.socket).await.map_err(|why| self.no_daemon(&why))?;
                link.exchange(&method, path, key.as_deref(), body).await.map_err(|why| broken(&why))?
            }
            Err(why) => return Err(broken(&why)),
        };
        self.check_version(&answer)?;
        Ok(answer)
    }

    async fn within<T>(&self, work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
        tokio::time::timeout(self.timeout, work).await.unwrap_or_else(|_| Err(timed_out(self.timeout)))
    }

    fn check_version(&self, answer: &Answer) -> Result<(), Problem> {
        match answer.version.as_deref() {
            _ if self.any_version => Ok(()),
            Some(VERSION) => Ok(()),
            theirs => Err(other_version(theirs.unwrap_or("an unknown version"))),
        }
    }

    fn no_daemon(&self, why: &std::io::Error) -> Problem {
        let cause = match why.kind() {
            std::io::ErrorKind::NotFound => format!("there is no socket at {}", self.socket.display()),
            std::io::ErrorKind::ConnectionRefused => format!("nothing answers at {}", self.socket.display()),
            std::io::ErrorKind::PermissionDenied => {
                return Problem::new(
                    Class::NotAllowed,
                    "not_allowed",
                    "this daemon belongs to somebody else",
                )
                .because(format!("{} may be opened by its owner only", self.socket.display()))
                .mend("run this as the user who started the daemon, or give another --home");
            }
            _ => format!("{}: {why}", self.socket.display()),
        };
        Problem::new(Class::NoDaemon, "no_daemon", "no daemon is running for this home")
            .because(cause)
            .mend("vrm up")
    }
}

fn broken(why: &hyper::Error) -> Problem {
    Problem::new(Class::Failed, "broken_connection", "the daemon hung up")
        .because(why.to_string())
        .mend("vrm status, then vrm node logs")
        .worth_retrying()
}

fn timed_out(after: Duration) -> Problem {
    Problem::new(Class::TimedOut, "timed_out", "no answer in time; it may still complete")
        .because(format!("the daemon did not answer within {} s", after.as_secs_f32()))
        .mend("look at the result before you try again, or give a longer --timeout")
}

fn other_version(theirs: &str) -> Problem {
    Problem::new(Class::NoDaemon, "other_version", "the running daemon is of another version")
        .because(format!("the daemon is {theirs}, this program is {VERSION}"))
        .mend("vrm down && vrm up")
}

fn fresh_key() -> Result<String, Problem> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|e| {
        Problem::new(Class::Failed, "no_randomness", "the system gives no random bytes")
            .because(e.to_string())
    })?;
    Ok(crate::dto::hex(&bytes))
}
