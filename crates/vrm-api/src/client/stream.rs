//! The event stream, read line by line (Server-Sent Events of the HTML standard, the part that is used here).

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::Method;
use hyper::body::Incoming;

use super::link::{Answer, Link};
use super::{Client, broken};
use crate::dto::{Class, Problem, Told};

/// Longest line: a matched intent with its bytes and its JSON twin stays below a quarter of it.
const MAX_LINE: usize = 256 * 1024;

/// Events as they happen.
pub struct EventStream {
    // Kept open as long as the stream is read.
    _link: Link,
    body: Incoming,
    lines: Lines,
}

impl std::fmt::Debug for EventStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EventStream")
    }
}

impl Client {
    /// Events after `since`, then live ones; only new ones when `since` is `None`.
    ///
    /// # Errors
    /// When the daemon cannot be reached or refuses.
    pub async fn events(&self, since: Option<u64>) -> Result<EventStream, Problem> {
        self.within(self.open_events(since)).await
    }

    async fn open_events(&self, since: Option<u64>) -> Result<EventStream, Problem> {
        let path = since.map_or_else(|| "/api/v1/events".to_owned(), |s| format!("/api/v1/events?since={s}"));
        let mut link = Link::open(self.socket()).await.map_err(|why| self.no_daemon(&why))?;
        let response = link.start(&Method::GET, &path, None, None).await.map_err(|e| broken(&e))?;
        if !response.status().is_success() {
            let answer = Answer::read(response).await.map_err(|e| broken(&e))?;
            return Err(answer.json::<serde_json::Value>().err().unwrap_or_else(|| too_long("head")));
        }
        Ok(EventStream { _link: link, body: response.into_body(), lines: Lines::default() })
    }
}

impl EventStream {
    /// The next event; `None` when the daemon stops.
    ///
    /// # Errors
    /// When the connection breaks or what comes is no event stream.
    pub async fn next(&mut self) -> Result<Option<Told>, Problem> {
        loop {
            while let Some(line) = self.lines.take() {
                // Other lines are ids, names and pings: all of it is in the data, too.
                let Some(data) = line.strip_prefix("data: ") else { continue };
                if data != "{}" {
                    return serde_json::from_str(data).map(Some).map_err(|e| strange(&e));
                }
            }
            match self.chunk().await? {
                Some(bytes) => self.lines.add(&bytes)?,
                None => return Ok(None),
            }
        }
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>, Problem> {
        match self.body.frame().await {
            Some(frame) => Ok(Some(frame.map_err(|e| broken(&e))?.into_data().unwrap_or_default())),
            None => Ok(None),
        }
    }
}

/// Bytes on their way to lines.
#[derive(Debug, Default)]
struct Lines(Vec<u8>);

impl Lines {
    fn add(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        if self.0.len() + bytes.len() > 2 * MAX_LINE {
            return Err(too_long("line"));
        }
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn take(&mut self) -> Option<String> {
        let end = self.0.iter().position(|b| *b == b'\n')?;
        let line: Vec<u8> = self.0.drain(..=end).collect();
        Some(String::from_utf8_lossy(&line[..end]).trim_end_matches('\r').to_owned())
    }
}

fn too_long(what: &str) -> Problem {
    strange(&format!("a {what} of the event stream is too long"))
}

fn strange(why: &dyn ToString) -> Problem {
    Problem::new(Class::Failed, "strange_answer", "the daemon's event stream makes no sense")
        .because(why.to_string())
        .mend("vrm down && vrm up")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lines_come_whole_however_the_bytes_are_cut() {
        let text = "id: 7\r\ndata: {\"seq\":7}\n\n";
        for cut in 1..text.len() {
            let mut lines = Lines::default();
            lines.add(&text.as_bytes()[..cut]).unwrap();
            let mut got: Vec<String> = std::iter::from_fn(|| lines.take()).collect();
            lines.add(&text.as_bytes()[cut..]).unwrap();
            got.extend(std::iter::from_fn(|| lines.take()));
            assert_eq!(got, ["id: 7", "data: {\"seq\":7}", ""]);
        }
    }

    #[test]
    fn an_endless_line_is_refused_instead_of_kept() {
        let mut lines = Lines::default();
        let refused = (0..10).find_map(|_| lines.add(&[b'x'; MAX_LINE]).err());
        assert_eq!(refused.unwrap().code, "strange_answer");
    }
}
