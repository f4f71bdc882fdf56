//! What receipts make somebody the owner of: a row for each line that is a thing.
//!
//! A pure projection, computed anew from the receipts each time. Knows: which lines are things. Must not know what
//! becomes of a thing afterwards.

use vrm_core::Hash;
use vrm_core::body::{Line, Receipt};
use vrm_core::value::{Product, Quantity, Text, Timestamp};

use super::found::Found;

/// Units in which things are counted; what is weighed, measured or done is no thing.
const COUNTED: [&str; 6] = ["H87", "EA", "C62", "PR", "SET", "XBX"];

/// Something that was bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// Names it by its receipt and line: the same in every reading.
    pub id: Hash,
    /// What it is.
    pub name: Text<200>,
    /// Its identifiers.
    pub product: Option<Product>,
    /// How many.
    pub quantity: Quantity,
    /// When it was bought.
    pub bought: Timestamp,
    /// From whom.
    pub from: Text<200>,
    /// It may go back until then.
    pub return_until: Option<Timestamp>,
    /// It is vouched for until then.
    pub warranty_until: Option<Timestamp>,
    /// The receipt.
    pub receipt: Hash,
    /// Its line, from 1.
    pub line: usize,
    /// Whether the vendor signed the receipt.
    pub signed: bool,
}

/// The things of receipts that stand, in their order.
#[must_use]
pub fn things(found: &[Found]) -> Vec<Thing> {
    found.iter().filter(|found| found.stands()).flat_map(of_receipt).collect()
}

fn of_receipt(found: &Found) -> impl Iterator<Item = Thing> {
    let lines = found.receipt.lines.iter().enumerate().filter(|(_, line)| is_thing(line));
    lines.map(|(at, line)| thing(found, &found.receipt, line, at + 1))
}

fn is_thing(line: &Line) -> bool {
    let counted = COUNTED.contains(&line.quantity.unit().code());
    counted && !line.amount.is_negative() && line.quantity.mantissa() > 0
}

fn thing(found: &Found, receipt: &Receipt, line: &Line, number: usize) -> Thing {
    Thing {
        id: Hash::of("thing", &[&found.key.0, &(number as u64).to_be_bytes()]),
        name: line.title.clone(),
        product: line.product.clone(),
        quantity: line.quantity,
        bought: receipt.sold,
        from: receipt.seller.name.clone(),
        return_until: line.return_until.or(receipt.return_until),
        warranty_until: line.warranty_until.or(receipt.warranty_until),
        receipt: found.key,
        line: number,
        signed: found.is_signed(),
    }
}
