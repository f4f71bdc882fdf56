//! The Unix socket: only its owner can open it, and only the owner's processes are heard.
//!
//! Knows: file modes, peer credentials, how a left-over socket file is replaced. Must not know HTTP. Whoever binds
//! holds the store's lock already, so a file that is in the way belongs to a daemon that is gone.

use std::fs::{DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::unix::SocketAddr;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Longest path of a socket that every Unix takes (`sun_path` is 104 bytes on the smallest, with a final zero).
pub const MAX_SOCKET_PATH: usize = 100;

/// How long to wait when the system has no descriptor left for another connection.
const OUT_OF_DESCRIPTORS: Duration = Duration::from_millis(200);

/// Connections at a time: a person, a few hooks and their streams need a handful; more wait in the system's queue.
const MAX_CONNECTIONS: usize = 128;

/// Why the API cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The path does not fit into a socket address.
    #[error("{path} has {len} bytes, and a socket's path has at most {MAX_SOCKET_PATH}")]
    TooLong {
        /// The path.
        path: PathBuf,
        /// Its length.
        len: usize,
    },
    /// The system refused.
    #[error("{path}: {why}")]
    Io {
        /// What was touched.
        path: PathBuf,
        /// The system's words.
        why: io::Error,
    },
}

/// A listening socket that hears only processes of its own user.
#[derive(Debug)]
pub(crate) struct OwnerSocket {
    listener: UnixListener,
    path: PathBuf,
    owner: u32,
    places: Arc<Semaphore>,
}

impl OwnerSocket {
    /// Listens at `path`, mode 0600, in a directory of mode 0700 that is made when it is missing.
    pub(crate) fn bind(path: &Path) -> Result<Self, SocketError> {
        // Bound under another name, closed to others, then moved: at its own name it was never open to anyone.
        let fresh = path.with_extension("new");
        check_length(&fresh)?;
        make_private_folder(path)?;
        remove_if_there(&fresh).map_err(at(&fresh))?;
        let listener = UnixListener::bind(&fresh).map_err(at(&fresh))?;
        std::fs::set_permissions(&fresh, Permissions::from_mode(0o600)).map_err(at(&fresh))?;
        std::fs::rename(&fresh, path).map_err(at(path))?;
        Ok(Self {
            listener,
            path: path.to_owned(),
            owner: rustix::process::getuid().as_raw(),
            places: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
        })
    }

    /// Where it listens.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn is_owner(&self, stream: &UnixStream) -> bool {
        stream.peer_cred().is_ok_and(|cred| cred.uid() == self.owner)
    }
}

fn check_length(path: &Path) -> Result<(), SocketError> {
    let len = path.as_os_str().len();
    match len <= MAX_SOCKET_PATH {
        true => Ok(()),
        false => Err(SocketError::TooLong { path: path.to_owned(), len }),
    }
}

fn make_private_folder(socket: &Path) -> Result<(), SocketError> {
    let Some(folder) = socket.parent().filter(|p| !p.as_os_str().is_empty() && !p.exists()) else {
        return Ok(());
    };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(at(folder))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> SocketError {
    let path = path.to_owned();
    move |why| SocketError::Io { path, why }
}

/// Removes a file; that it is not there is fine.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// A connection and its place among [`MAX_CONNECTIONS`].
#[derive(Debug)]
pub(crate) struct Held {
    stream: UnixStream,
    _place: OwnedSemaphorePermit,
}

impl AsyncRead for Held {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Held {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Listener for OwnerSocket {
    type Io = Held;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Held, SocketAddr) {
        let place = self.places.clone().acquire_owned().await;
        let place = place.expect("this semaphore is never closed");
        loop {
            match self.listener.accept().await {
                Ok((stream, addr)) if self.is_owner(&stream) => {
                    return (Held { stream, _place: place }, addr);
                }
                Ok(_) => tracing::warn!("a process of another user knocked at the socket"),
                Err(e) => {
                    tracing::warn!(error = %e, "cannot take a connection");
                    tokio::time::sleep(OUT_OF_DESCRIPTORS).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[tokio::test]
    async fn only_the_owner_can_open_it_and_a_left_over_file_is_replaced() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("fresh").join("api.sock");
        drop(OwnerSocket::bind(&path).unwrap());
        assert!(path.exists(), "a killed daemon leaves its file");
        let socket = OwnerSocket::bind(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(std::fs::metadata(path.parent().unwrap()).unwrap().mode() & 0o777, 0o700);
        let client = UnixStream::connect(&path).await.unwrap();
        assert!(socket.is_owner(&client));
    }

    #[tokio::test]
    async fn another_users_process_is_not_heard() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("api.sock");
        let mut socket = OwnerSocket::bind(&path).unwrap();
        socket.owner = socket.owner.wrapping_add(1);
        let client = UnixStream::connect(&path).await.unwrap();
        assert!(!socket.is_owner(&client));
    }

    #[tokio::test]
    async fn a_place_is_given_back_when_its_connection_ends() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("api.sock");
        let mut socket = OwnerSocket::bind(&path).unwrap();
        let _client = UnixStream::connect(&path).await.unwrap();
        let (held, _) = socket.accept().await;
        assert_eq!(socket.places.available_permits(), MAX_CONNECTIONS - 1);
        drop(held);
        assert_eq!(socket.places.available_permits(), MAX_CONNECTIONS);
    }

    #[test]
    fn a_path_that_no_socket_can_have_is_named() {
        let long = PathBuf::from(format!("/{}/api.sock", "x".repeat(120)));
        let refused = OwnerSocket::bind(&long).unwrap_err();
        assert!(matches!(refused, SocketError::TooLong { len: 129, .. }), "{refused}");
    }
}
