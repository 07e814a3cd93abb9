//! Lives of an order that cost money, each played from its beginning to its end.

use domain::exception::ExceptionKind;
use domain::message::Message;
use domain::record::OrderRecord;
use domain::remedy::Remedy;
use domain::stage::{HazmatSheet, LabelFileState, Stage, Void};
use domain::{ConversationId, OrderKey};
use jiff::SignedDuration;
use pipeline::{BackendKind, Drive, World, WorldConfig};
use sim::easypost::{PurchaseRefusal, RefundStatus};
use sim::sandbox::Kind;
use sim::tiktok::{BoughtBy, CancelledBy, OrderStatus, PlatformConfig, Region, ShippingType};

/// A life.
#[derive(Clone, Copy, Debug)]
pub enum Scenario {
    /// A light parcel is rated, bought and uploaded.
    Light,
    /// The carrier refuses the first label, and the next one is bought.
    NextLabel,
    /// The quote is old when the label is bought, and is asked for again.
    OldQuote,
    /// The seller cancels after the upload: the label is voided and its money comes back.
    VoidedAndRefunded,
    /// TikTok refuses the label; a person has another one bought.
    RatedAgain,
    /// The buyer asks to cancel and the seller approves.
    CancellationApproved,
    /// The buyer asks to cancel and the seller ships.
    CancellationRefused,
    /// TikTok's own label is bought, and is there at once.
    PlatformLabel,
    /// TikTok's own label for dangerous goods is issued late, and the order shows its package late.
    LatePlatformLabel,
    /// A package that exists since the payment is shipped with TikTok's own label.
    ShippedPackage,
    /// Three orders that TikTok would ship in one parcel wait for each other, and are bought together.
    CombinedParcel,
    /// The buyer asks in the chat to cancel while the seller holds the order; the seller ships it after all.
    BuyerWrites,
}

/// How a life ends for the money.
enum End {
    /// One label is paid for, and TikTok has its number.
    Shipped,
    /// Nothing is paid for that did not come back.
    Cancelled,
}

impl Scenario {
    /// Those that are longer than [`Scenario::Light`]; one alone with `PUNCTUAL_SCENARIO=NextLabel`.
    pub fn longer() -> impl Iterator<Item = Self> {
        let only = std::env::var("PUNCTUAL_SCENARIO").ok();
        Self::LONGER.into_iter().filter(move |it| only.as_ref().is_none_or(|only| *only == format!("{it:?}")))
    }

    const LONGER: [Self; 11] = [
        Self::NextLabel,
        Self::OldQuote,
        Self::VoidedAndRefunded,
        Self::RatedAgain,
        Self::CancellationApproved,
        Self::CancellationRefused,
        Self::PlatformLabel,
        Self::LatePlatformLabel,
        Self::ShippedPackage,
        Self::CombinedParcel,
        Self::BuyerWrites,
    ];

    /// A world with the order of this life.
    pub async fn world(self, backend_kind: &BackendKind) -> World {
        let mut config = WorldConfig::one(Kind::Light).on(backend_kind);
        if self.is_platform_label() {
            config.orders[0].spec.shipping = ShippingType::TikTok;
        }
        match self {
            Self::LatePlatformLabel => {
                config.orders[0].spec.is_dangerous = true;
                config.sandbox.platform =
                    PlatformConfig { pending_reads: 4, hidden_reads: 2, ..PlatformConfig::default() };
            }
            Self::ShippedPackage => config.sandbox.region = Region::My,
            Self::CombinedParcel => {
                config.orders[0].spec.fields.insert("auto_combine_group_id", Some("12345677".into()));
                config.orders = vec![config.orders[0].clone(); 3];
            }
            _ => {}
        }
        let world = World::new(config).await.unwrap();
        match self {
            Self::NextLabel => world.sandbox.easypost.refuse_purchases(PurchaseRefusal::of("DhlEcs")),
            Self::RatedAgain => world.sandbox.tiktok.refuse_labels_of("DHL eCommerce"),
            Self::Light
            | Self::OldQuote
            | Self::VoidedAndRefunded
            | Self::CancellationApproved
            | Self::CancellationRefused
            | Self::PlatformLabel
            | Self::LatePlatformLabel
            | Self::ShippedPackage
            | Self::CombinedParcel
            | Self::BuyerWrites => {}
        }
        world
    }

    fn is_platform_label(self) -> bool {
        matches!(
            self,
            Self::PlatformLabel | Self::LatePlatformLabel | Self::ShippedPackage | Self::CombinedParcel
        )
    }

    /// Lives it to its end.
    pub async fn play(self, world: &World, drive: &mut Drive<'_>) -> anyhow::Result<()> {
        let order = order(world);
        match self {
            Self::Light | Self::NextLabel => {}
            Self::PlatformLabel | Self::LatePlatformLabel | Self::ShippedPackage => {
                drive.notify().await?;
                rule_out_what_was_not_bought(world, drive, &order).await?;
            }
            Self::CombinedParcel => {
                drive.notify().await?;
                while world.records().await?.len() < world.sandbox.kinds().len() {
                    drive.work_for(SignedDuration::from_secs(5)).await?;
                }
                drive.until_stage("held").await?;
                world.clock.advance(domain::combination::QUIET + SignedDuration::from_secs(1));
                // The first order leads.
                rule_out_what_was_not_bought(world, drive, &order).await?;
            }
            Self::OldQuote => {
                drive.notify().await?;
                drive.until_stage("rated").await?;
                world.clock.advance(SignedDuration::from_mins(11));
            }
            Self::VoidedAndRefunded => {
                drive.notify().await?;
                drive.until_done().await?;
                world.sandbox.tiktok.cancel(&order, CancelledBy::Seller)?;
                drive.notify().await?;
                drive.until_stage("cancelled").await?;
                world.sandbox.easypost.settle_refunds();
                world.clock.advance(SignedDuration::from_hours(25));
                drive
                    .until("refunded", |record| {
                        let stage = record.shipments.first().map(|shipment| &shipment.stage);
                        matches!(stage, Some(Stage::Cancelled { voided: Some((_, Void::Refunded)) }))
                    })
                    .await?;
            }
            Self::RatedAgain => {
                drive.notify().await?;
                drive.until_done().await?;
                drive.apply(&order, &Remedy::Rerate).await?;
            }
            Self::CancellationApproved => {
                world.sandbox.tiktok.request_cancel(&order)?;
                drive.notify().await?;
                drive.until_stage("held").await?;
                drive.apply(&order, &Remedy::ApproveCancellation).await?;
                drive.notify().await?;
            }
            Self::CancellationRefused => {
                world.sandbox.tiktok.request_cancel(&order)?;
                drive.notify().await?;
                drive.until_stage("held").await?;
                let refuse = Remedy::RefuseCancellation { reason: None, comment: None };
                drive.apply(&order, &refuse).await?;
            }
            Self::BuyerWrites => {
                drive.notify().await?;
                drive.until_stage("ready").await?;
                drive.apply(&order, &Remedy::Hold).await?;
                drive.until_stage("held").await?;
                let conversation = world.sandbox.tiktok.buyer_writes(&order, "Please cancel my order");
                let conversation = ConversationId::new(conversation.unwrap_or_default());
                let OrderKey { shop, .. } = world.key(&order);
                let message = Message::ConversationChange { shop, conversation };
                world.backend.queues.send(&message, std::time::Duration::ZERO).await?;
                drive
                    .until("heard of", |record| {
                        record.open_exceptions().any(|e| e.kind == ExceptionKind::BuyerWantsToCancel)
                    })
                    .await?;
                drive.apply(&order, &Remedy::Release).await?;
            }
        }
        drive.notify().await?;
        drive.until_done().await
    }

    /// What must be true at the end.
    pub async fn check(self, world: &World) -> anyhow::Result<()> {
        let order = order(world);
        let record = world.record(&order).await?.ok_or_else(|| anyhow::anyhow!("the order is lost"))?;
        let twice = world.sandbox.easypost.labels_bought_twice();
        anyhow::ensure!(twice.is_empty(), "bought twice: {twice:?}");
        let purchases = world.sandbox.easypost.purchases();
        let kept: Vec<_> = purchases.iter().filter(|purchase| purchase.refund.is_none()).collect();
        let stages = || record.shipments.iter().map(|shipment| shipment.stage.name()).collect::<Vec<_>>();
        let end = match self {
            Self::VoidedAndRefunded | Self::CancellationApproved => End::Cancelled,
            Self::PlatformLabel | Self::LatePlatformLabel | Self::ShippedPackage => {
                return check_platform_label(world, &record, &order).await;
            }
            Self::CombinedParcel => {
                for order in world.sandbox.kinds().keys() {
                    let record = world.record(order).await?;
                    let record = record.ok_or_else(|| anyhow::anyhow!("order {order} is lost"))?;
                    check_platform_label(world, &record, order).await?;
                }
                return Ok(());
            }
            Self::Light
            | Self::NextLabel
            | Self::OldQuote
            | Self::RatedAgain
            | Self::CancellationRefused
            | Self::BuyerWrites => End::Shipped,
        };
        match end {
            End::Shipped => {
                let [label] = kept.as_slice() else {
                    anyhow::bail!("{} labels are paid for, in {:?}", kept.len(), stages());
                };
                let told = world.sandbox.tiktok.order(&order).and_then(|order| order.tracking_number);
                anyhow::ensure!(told.as_ref() == Some(&label.tracking_code), "TikTok has {told:?}");
            }
            End::Cancelled => {
                anyhow::ensure!(kept.is_empty(), "{} labels are paid for, in {:?}", kept.len(), stages());
                let uploads = world.sandbox.tiktok.uploads().len();
                anyhow::ensure!(uploads <= purchases.len(), "{uploads} uploads");
            }
        }
        match self {
            Self::VoidedAndRefunded => {
                let refunded = purchases.iter().all(|p| p.refund == Some(RefundStatus::Refunded));
                anyhow::ensure!(purchases.len() == 1 && refunded, "{purchases:?}");
                let known = matches!(
                    &record.shipments[0].stage,
                    Stage::Cancelled { voided: Some((_, Void::Refunded)) }
                );
                anyhow::ensure!(known, "the refund is not on record: {:?}", record.shipments[0].stage);
            }
            Self::NextLabel => anyhow::ensure!(world.sandbox.easypost.purchases_refused() >= 1),
            Self::RatedAgain => {
                let carriers: Vec<_> = purchases.iter().map(|purchase| purchase.carrier.as_str()).collect();
                anyhow::ensure!(carriers == ["DhlEcs", "UPSDAP"], "{carriers:?}");
            }
            Self::BuyerWrites => {
                let heard = |e: &domain::exception::Exception| e.kind == ExceptionKind::BuyerWantsToCancel;
                anyhow::ensure!(record.exceptions.iter().any(heard), "{:?}", record.exceptions);
            }
            Self::Light
            | Self::OldQuote
            | Self::CancellationApproved
            | Self::CancellationRefused
            | Self::PlatformLabel
            | Self::LatePlatformLabel
            | Self::ShippedPackage
            | Self::CombinedParcel => {}
        }
        Ok(())
    }
}

/// TikTok's record proves no absence: when a purchase stays unknown, a person looks for its package, and says when there is none.
async fn rule_out_what_was_not_bought(
    world: &World,
    drive: &mut Drive<'_>,
    order: &str,
) -> anyhow::Result<()> {
    let is_unknown =
        |record: &OrderRecord| record.open_exceptions().any(|e| e.kind == ExceptionKind::PurchaseUnknown);
    let is_uploaded = |record: &OrderRecord| record.current_shipments().all(|s| s.is_uploaded());
    let is_another = |record: &OrderRecord| record.order.id.as_str() != order;
    drive
        .until("shipped or unknown", |record| is_another(record) || is_uploaded(record) || is_unknown(record))
        .await?;
    let record = world.record(order).await?.ok_or_else(|| anyhow::anyhow!("the order is lost"))?;
    if is_unknown(&record) && world.sandbox.tiktok.platform_packages().is_empty() {
        drive.apply(order, &Remedy::RuleOutPurchase).await?;
    }
    Ok(())
}

/// One parcel is paid for at TikTok, its label is kept, and no carrier of the seller's heard of it.
async fn check_platform_label(world: &World, record: &OrderRecord, order: &str) -> anyhow::Result<()> {
    let packages = world.sandbox.tiktok.platform_packages();
    let [package] = packages.as_slice() else { anyhow::bail!("{} parcels are paid for", packages.len()) };
    anyhow::ensure!(package.bought_by == BoughtBy::App, "{package:?}");
    let [shipment] = record.shipments.as_slice() else { anyhow::bail!("{:?}", record.shipments) };
    let Stage::Uploaded { label, .. } = &shipment.stage else { anyhow::bail!("{:?}", shipment.stage) };
    anyhow::ensure!(label.tracking.as_str() == package.tracking_number, "{label:?}");
    let LabelFileState::Kept { name } = &label.file else { anyhow::bail!("{label:?}") };
    let file = world.backend.labels.get_label(name).await?;
    anyhow::ensure!(file.is_some_and(|file| file.bytes.starts_with(b"%PDF")), "no label {name}");
    if record.order.items.iter().any(|item| item.is_dangerous) {
        let HazmatSheet::Kept { name } = &label.hazmat_sheet else { anyhow::bail!("{label:?}") };
        anyhow::ensure!(world.backend.labels.get_label(name).await?.is_some(), "no sheet {name}");
    }
    anyhow::ensure!(
        world.sandbox.easypost.purchases().is_empty() && world.sandbox.tiktok.uploads().is_empty()
    );
    let at_tiktok = world.sandbox.tiktok.order(order).map(|order| order.status);
    anyhow::ensure!(at_tiktok == Some(OrderStatus::AwaitingCollection), "{at_tiktok:?}");
    Ok(())
}

fn order(world: &World) -> String {
    world.sandbox.kinds().keys().next().cloned().unwrap_or_default()
}
