//! What must hold of a sandbox's orders.

use domain::record::OrderRecord;
use punctual::summary::{OrderOutcome, outcome};
use sim::Sandbox;
use sim::sandbox::{Expected, Kind};
use sim::tiktok::{OrderStatus, PlatformPackageView};

/// Every order is where its kind belongs, no label is bought twice or kept for nothing, none is lost.
///
/// # Errors
/// With what does not hold.
pub fn check(sandbox: &Sandbox, records: &[OrderRecord]) -> anyhow::Result<()> {
    let twice = sandbox.easypost.labels_bought_twice();
    anyhow::ensure!(twice.is_empty(), "bought twice: {twice:?}");
    let packages = sandbox.tiktok.platform_packages();
    let mut units: Vec<&String> = packages.iter().flat_map(|package| &package.line_ids).collect();
    units.sort();
    let shipped = units.len();
    units.dedup();
    anyhow::ensure!(units.len() == shipped, "TikTok's label was bought twice: {packages:?}");
    for (id, kind) in sandbox.kinds() {
        let record = records.iter().find(|record| record.order.id.as_str() == id);
        let Some(record) = record else { anyhow::bail!("order {id} ({kind:?}) is lost") };
        check_order(sandbox, record, *kind)?;
    }
    Ok(())
}

fn check_order(sandbox: &Sandbox, record: &OrderRecord, kind: Kind) -> anyhow::Result<()> {
    let id = record.order.id.as_str();
    let at_tiktok = sandbox.tiktok.order(id).ok_or_else(|| anyhow::anyhow!("no order {id} at TikTok"))?;
    let kept = labels_kept(sandbox, id);
    let outcome = outcome(record);
    let stage = record.shipments.first().map(|shipment| shipment.stage.name());
    let seen = format!("order {id} ({kind:?}) is {outcome:?}, stage {stage:?}");
    match (kind.expected(), outcome) {
        (Expected::Uploaded | Expected::Cancelled, OrderOutcome::Uploaded) => {
            let [label] = kept.as_slice() else { anyhow::bail!("{seen} with {} labels", kept.len()) };
            anyhow::ensure!(
                at_tiktok.tracking_number.as_deref() == Some(label.as_str()),
                "{seen} with another tracking number at TikTok"
            );
        }
        (Expected::Exception, OrderOutcome::Exception) | (Expected::Cancelled, OrderOutcome::Cancelled) => {
            anyhow::ensure!(kept.is_empty(), "{seen} and a label is paid for");
        }
        _ => anyhow::bail!("{seen}: {:?}", record.exceptions),
    }
    Ok(())
}

/// The tracking numbers of the labels that were bought for the first shipment of an order and not given back: the seller's own and
/// TikTok's, which end with their order.
pub fn labels_kept(sandbox: &Sandbox, order: &str) -> Vec<String> {
    let is_cancelled =
        sandbox.tiktok.order(order).is_some_and(|order| order.status == OrderStatus::Cancelled);
    let of_order =
        |package: &PlatformPackageView| !is_cancelled && package.order_ids.iter().any(|id| id == order);
    let platform = sandbox.tiktok.platform_packages().into_iter().filter(of_order);
    let reference = format!("{order}-1");
    let kept = sandbox.easypost.purchases().into_iter().filter(|purchase| {
        purchase.reference.as_deref() == Some(reference.as_str()) && purchase.refund.is_none()
    });
    kept.map(|purchase| purchase.tracking_code)
        .chain(platform.map(|package| package.tracking_number))
        .collect()
}
