//! The rules of Punctual, pure: orders, shipments, deadlines, rate choice, the purchase ledger, exceptions, money.
//!
//! **Architecture invariant:** nothing here reads a clock, draws a random number, does I/O or waits. Time, ids and
//! quotes are arguments; what comes out is a value or a decision that the functions perform.

pub mod address;
pub mod deadline;
pub mod exception;
pub mod hold;
pub mod ids;
pub mod market;
pub mod measure;
pub mod message;
pub mod money;
pub mod order;
pub mod parcel;
pub mod polling;
pub mod private;
pub mod purchase;
pub mod rates;
pub mod record;
pub mod retry;
pub mod shipment;
pub mod shop;
pub mod stage;
pub mod sync;
pub mod zone;

pub use ids::{
    BuyerId, CancelId, CarrierAccountId, CarrierShipmentId, ConversationId, DeliveryOptionId, LineItemId,
    MessageId, OrderId, OrderKey, PackageId, ProductId, ProviderId, PurchaseKey, QuoteId, ShipmentId, ShopId,
    SkuId, TrackingNumber, WarehouseId,
};
pub use jiff::Timestamp;
pub use money::{Currency, Money};
pub use private::Private;
