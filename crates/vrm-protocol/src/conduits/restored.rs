//! After a backup was restored: the other sides may hold more of this node's chains than the backup does.
//!
//! Knows: what must be forgotten, and who must be asked. Must not know backups.

use std::ops::ControlFlow;

use crate::records::{key, table};
use crate::store::{Batch, MAX_BATCH_OPS, StoreError, View};

/// What to write before a node runs on a restored store: its writing keys are forgotten, so that it begins new chains and
/// signs no place twice, and each conduit's other side is asked for what the backup lacks.
///
/// # Errors
/// [`StoreError`].
pub fn after_restore(view: &dyn View) -> Result<Vec<Batch>, StoreError> {
    let (mut batches, mut batch) = (Vec::new(), Batch::new());
    for name in [table::WRITER, table::CONDUIT] {
        view.scan(&[name], None, &mut |found, _| {
            match name {
                table::WRITER => batch.delete(found.to_vec()),
                _ => batch.put(key(table::ASK, &[&found[1..]]), Vec::new()),
            }
            if batch.len() == MAX_BATCH_OPS {
                batches.push(std::mem::take(&mut batch));
            }
            ControlFlow::Continue(())
        })?;
    }
    batches.push(batch);
    batches.retain(|batch| !batch.is_empty());
    Ok(batches)
}
