//! One file for each verb (or noun with small verbs): its arguments, its words, its action.

mod assign;
pub(crate) mod backup;
pub(crate) mod blob;
pub(crate) mod case;
pub(crate) mod cast;
pub(crate) mod completions;
pub(crate) mod conduit;
pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod disclose;
pub(crate) mod doctor;
pub(crate) mod down;
pub(crate) mod filter;
mod http;
pub(crate) mod init;
mod input;
pub(crate) mod intent;
mod invitation;
pub(crate) mod invite;
pub(crate) mod journal;
pub(crate) mod listen;
pub(crate) mod mailbox;
pub(crate) mod node;
pub(crate) mod offer;
pub(crate) mod offers;
pub(crate) mod outbox;
pub(crate) mod peer;
pub(crate) mod photo;
mod policy;
pub(crate) mod receipt;
pub(crate) mod restore;
pub(crate) mod status;
mod stream;
pub(crate) mod terms;
pub(crate) mod up;
pub(crate) mod vendor;
pub(crate) mod watch;

use vrm_api::dto::{Page, PageQuery, Problem};

/// All pages of a list, up to `most` items.
pub(crate) async fn all<T>(
    most: Option<usize>,
    mut page: impl AsyncFnMut(PageQuery) -> Result<Page<T>, Problem>,
) -> Result<Vec<T>, Problem> {
    let mut items = Vec::new();
    let mut cursor = None;
    loop {
        let left = most.map(|most| most.saturating_sub(items.len()));
        if left == Some(0) {
            return Ok(items);
        }
        let got =
            page(PageQuery { limit: left.map(|l| l.min(1_000)).or(Some(1_000)), cursor: cursor.take() })
                .await?;
        items.extend(got.items);
        match got.next {
            Some(next) => cursor = Some(next),
            None => return Ok(items),
        }
    }
}
