//! `vrm invite`: how others reach this node, as a link and a QR code.

use clap::Args;
use fast_qr::{ECL, QRBuilder};

use crate::ctx::Ctx;
use crate::failure::{Failure, failed};

/// How others reach this node, as a link and a QR code
#[derive(Debug, Args)]
#[command(after_help = "Example: vrm invite")]
pub(crate) struct Invite {
    /// Leave the QR code out
    #[arg(long)]
    no_qr: bool,
}

pub(crate) async fn run(args: Invite, ctx: &Ctx) -> Result<(), Failure> {
    let invite = ctx.client().invite().await?;
    if invite.addresses.is_empty() {
        return Err(failed(
            "no_address",
            "this node listens nowhere",
            "its configuration lists no address that works",
            "vrm config show --origin",
        ));
    }
    let code = if args.no_qr || !ctx.out.is_for_people() { String::new() } else { picture(&invite.link)? };
    let words = format!("{code}{}\n\nOn the other machine:\n  vrm peer add {}\n", invite.link, invite.link);
    ctx.out.thing(&invite, std::slice::from_ref(&invite.link), &words)
}

/// Light modules around a code, without which readers do not find it (ISO/IEC 18004, 9.1).
const QUIET: usize = 4;

/// A link as a QR code of half blocks, with what is needed around it. A screen is clean: the least correction will do,
/// and keeps the code small.
pub(super) fn picture(link: &str) -> Result<String, Failure> {
    let code = QRBuilder::new(link).ecl(ECL::L).build();
    let code = code.map_err(|e| {
        failed("no_qr", "the link does not fit into a QR code", e.to_string(), "leave it out with --no-qr")
    })?;
    let inside = QUIET..QUIET + code.size;
    let is_dark =
        |x: usize, y: usize| inside.contains(&x) && inside.contains(&y) && code[y - QUIET][x - QUIET].value();
    let side = 0..code.size + 2 * QUIET;
    let row = |y| side.clone().map(|x| half_block(is_dark(x, y), is_dark(x, y + 1))).collect();
    let rows: Vec<String> = side.clone().step_by(2).map(row).collect();
    Ok(format!("{}\n\n", rows.join("\n")))
}

/// Two modules, one above the other, as a terminal with light ink on dark ground shows them.
fn half_block(upper_is_dark: bool, lower_is_dark: bool) -> char {
    match (upper_is_dark, lower_is_dark) {
        (true, true) => ' ',
        (true, false) => '▄',
        (false, true) => '▀',
        (false, false) => '█',
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Reads the blocks back as dark (true) and light modules: ink is light, as on a dark terminal.
    fn modules(picture: &str) -> Vec<Vec<bool>> {
        let half = |line: &str, upper: bool| {
            line.chars()
                .map(|c| match c {
                    ' ' => true,
                    '▀' => !upper,
                    '▄' => upper,
                    '█' => false,
                    other => panic!("{other:?} is no half block"),
                })
                .collect()
        };
        picture
            .trim_end_matches('\n')
            .lines()
            .flat_map(|line| [half(line, true), half(line, false)])
            .collect()
    }

    #[test]
    fn what_is_drawn_is_the_code_with_a_quiet_zone_around_it() {
        let longest = format!("vrm:join?{}", "aB3_".repeat(734));
        for link in ["vrm:/ip4/192.0.2.7/tcp/8762/p2p/12D3KooW", &longest[..600], &longest] {
            let code = QRBuilder::new(link).ecl(ECL::L).build().unwrap();
            let drawn = modules(&picture(link).unwrap());
            let around = |n: usize| n.checked_sub(4).filter(|n| *n < code.size);
            for (y, row) in drawn.iter().enumerate() {
                assert_eq!(row.len(), code.size + 8);
                for (x, dark) in row.iter().enumerate() {
                    let module = around(x).zip(around(y)).is_some_and(|(x, y)| code[y][x].value());
                    assert_eq!(*dark, module, "at {x}, {y}");
                }
            }
            assert!(drawn.len() >= code.size + 8);
        }
    }
}
