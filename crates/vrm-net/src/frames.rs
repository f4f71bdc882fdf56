//! Frames on a stream of one question and one answer: four bytes of length, big-endian, then the bytes.
//!
//! Knows the limits and refuses a longer claim before it allocates. Does not know what a frame says.

use std::io;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::StreamProtocol;
use libp2p::request_response::Codec;

/// Reads and writes one question and one answer, each of so many bytes at most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FrameCodec {
    /// Bytes of a question.
    pub(crate) question: usize,
    /// Bytes of an answer.
    pub(crate) answer: usize,
}

impl Codec for FrameCodec {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        read_frame(io, self.question).await
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        read_frame(io, self.answer).await
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, question: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write_frame(io, &question, self.question).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, answer: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write_frame(io, &answer, self.answer).await
    }
}

async fn read_frame<T: AsyncRead + Unpin>(io: &mut T, max: usize) -> io::Result<Vec<u8>> {
    let mut len = [0; 4];
    io.read_exact(&mut len).await?;
    let len = usize::try_from(u32::from_be_bytes(len)).map_err(io::Error::other)?;
    within(len, max)?;
    let mut bytes = vec![0; len];
    io.read_exact(&mut bytes).await?;
    Ok(bytes)
}

/// One write for head and body: a small letter is then one packet.
async fn write_frame<T: AsyncWrite + Unpin>(io: &mut T, bytes: &[u8], max: usize) -> io::Result<()> {
    within(bytes.len(), max)?;
    let len = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    let frame = [&len.to_be_bytes(), bytes].concat();
    io.write_all(&frame).await?;
    io.flush().await
}

fn within(len: usize, max: usize) -> io::Result<()> {
    if len <= max {
        return Ok(());
    }
    let why = format!("frame of {len} bytes is above the limit of {max}");
    Err(io::Error::new(io::ErrorKind::InvalidData, why))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use futures::executor::block_on;
    use futures::io::Cursor;
    use proptest::prelude::*;

    fn read(bytes: &[u8], max: usize) -> io::Result<Vec<u8>> {
        block_on(read_frame(&mut Cursor::new(bytes), max))
    }

    fn written(bytes: &[u8], max: usize) -> io::Result<Vec<u8>> {
        let mut out = Cursor::new(Vec::new());
        block_on(write_frame(&mut out, bytes, max)).map(|()| out.into_inner())
    }

    #[test]
    fn a_frame_on_the_wire() {
        assert_eq!(written(b"hello", 9).unwrap(), b"\x00\x00\x00\x05hello");
        assert_eq!(written(b"", 9).unwrap(), [0; 4]);
    }

    #[test]
    fn a_claim_above_the_limit_is_refused_unread() {
        let claim = u32::MAX.to_be_bytes();
        assert_eq!(read(&claim, 80 * 1024).unwrap_err().kind(), io::ErrorKind::InvalidData);
        let why = written(&[7; 1025], 1024).unwrap_err().to_string();
        insta::assert_snapshot!(why, @"frame of 1025 bytes is above the limit of 1024");
    }

    #[test]
    fn silence_is_told_from_an_empty_answer() {
        assert_eq!(read(b"", 9).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(read(&[0; 4], 9).unwrap(), b"");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert_eq!(read(&written(&bytes, 300).unwrap(), 300).unwrap(), bytes);
        }

        #[test]
        fn no_bytes_panic_or_pass_the_limit(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(read) = read(&bytes, 40) {
                prop_assert!(read.len() <= 40 && bytes[4..].starts_with(&read));
            }
        }
    }
}
