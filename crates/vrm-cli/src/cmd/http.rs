//! Plain HTTP to this machine: the one request each of `listen --forward-to` and `vendor card verify --from`.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Request, Response, Uri, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Reads an address that can only be on this machine.
pub(crate) fn loopback(text: &str) -> Result<Uri, String> {
    let uri: Uri =
        text.parse().map_err(|_| format!("`{text}` is not an address; write http://127.0.0.1:3000/leads"))?;
    let here =
        host(&uri) == "localhost" || host(&uri).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match uri.scheme_str() == Some("http") && here {
        true => Ok(uri),
        false => Err("only plain http to this machine, such as http://127.0.0.1:3000/leads".to_owned()),
    }
}

fn host(uri: &Uri) -> &str {
    uri.host().unwrap_or_default().trim_matches(['[', ']'])
}

/// Reads a document of at most `most` bytes.
pub(crate) async fn get(from: &Uri, most: usize) -> Result<Vec<u8>, String> {
    let answer = exchange(from, Request::get(path(from)), Bytes::new()).await?;
    let body = Limited::new(answer.into_body(), most).collect().await;
    body.map(|b| b.to_bytes().into()).map_err(|e| e.to_string())
}

/// Posts JSON under a key that tells a repeated try from a second thing.
pub(crate) async fn post(to: &Uri, key: &str, body: Bytes) -> Result<(), String> {
    let request = Request::post(path(to))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", key);
    exchange(to, request, body).await.map(drop)
}

fn path(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |p| p.as_str())
}

async fn exchange(
    to: &Uri,
    request: hyper::http::request::Builder,
    body: Bytes,
) -> Result<Response<Incoming>, String> {
    let stream =
        TcpStream::connect((host(to), to.port_u16().unwrap_or(80))).await.map_err(|e| e.to_string())?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|e| e.to_string())?;
    tokio::spawn(connection);
    let authority = to.authority().map_or("localhost", |a| a.as_str());
    let request = request.header(header::HOST, authority).body(Full::new(body)).map_err(|e| e.to_string())?;
    let answer = sender.send_request(request).await.map_err(|e| e.to_string())?;
    match answer.status().is_success() {
        true => Ok(answer),
        false => Err(format!("status {}", answer.status().as_u16())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_spoken_to() {
        for here in ["http://127.0.0.1:3000/leads", "http://localhost/x", "http://[::1]:9/"] {
            assert!(loopback(here).is_ok(), "{here}");
        }
        for away in [
            "https://127.0.0.1/",
            "http://192.0.2.1/",
            "http://localhost.evil.example/",
            "ftp://localhost/",
            "leads",
        ] {
            assert!(loopback(away).is_err(), "{away}");
        }
    }
}
