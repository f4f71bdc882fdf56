//! What a run came to, as one JSON line, and two systems compared.
//!
//! Knows: arithmetic over figures. Must not know how they were measured.

use serde::Serialize;

/// One run. Times in the units that their names say; what could not be measured is null.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figures {
    pub(crate) workload: &'static str,
    pub(crate) system: &'static str,
    pub(crate) topology: &'static str,
    pub(crate) nodes: usize,
    pub(crate) messages: u64,
    /// Payload bytes of one message.
    pub(crate) bytes: usize,
    pub(crate) seconds: f64,
    pub(crate) msgs_per_s: f64,
    pub(crate) delivered_per_s: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
    pub(crate) lost: u64,
    pub(crate) dup: u64,
    pub(crate) wire_bytes: Option<u64>,
    /// All nodes together.
    pub(crate) cpu_s: f64,
    /// The largest node.
    pub(crate) rss_mb: f64,
    /// What everything else on the machine took meanwhile: the noise.
    pub(crate) others_cpu_s: f64,
    pub(crate) late_p99_ms: f64,
}

impl Figures {
    pub(crate) fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The value at a share of sorted nanoseconds, in milliseconds.
pub(crate) fn percentile(sorted: &[u64], share: f64) -> f64 {
    if sorted.is_empty() {
        return 0.0;
    }
    let at = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len()) - 1;
    rounded(sorted[at] as f64 / 1e6, 1e3)
}

/// Rounds to one part in `to`.
pub(crate) fn rounded(value: f64, to: f64) -> f64 {
    (value * to).round() / to
}

/// Ours beside the baseline, each by the median of its rounds.
pub(crate) fn comparison(ours: &[Figures], baseline: &[Figures]) -> Option<String> {
    let first = ours.first()?;
    let of = |read: fn(&Figures) -> f64| Some((median(ours, read)?, median(baseline, read)?));
    let (speed, base) = of(|f| f.delivered_per_s)?;
    let (cpu, base_cpu) = of(|f| f.cpu_s)?;
    let (p50, base_p50) = of(|f| f.p50_ms)?;
    let (p99, base_p99) = of(|f| f.p99_ms)?;
    let lost: u64 = ours.iter().map(|f| f.lost).sum();
    Some(format!(
        "{} {}: delivered/s {speed:.0} : {base:.0} = {:.2} · CPU s {cpu:.2} : {base_cpu:.2} = {:.2} · \
         p50 ms {p50:.2} : {base_p50:.2} · p99 ms {p99:.2} : {base_p99:.2} · lost {lost} (ours : bare gossipsub, medians of {})",
        first.workload,
        first.topology,
        speed / base,
        cpu / base_cpu,
        ours.len(),
    ))
}

fn median(runs: &[Figures], read: fn(&Figures) -> f64) -> Option<f64> {
    let mut values: Vec<f64> = runs.iter().map(read).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
