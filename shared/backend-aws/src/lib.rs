//! The backend on AWS: orders, shops, catalogue, processed_events and tokens in DynamoDB, messages in SQS, labels in S3, the
//! credentials of outside services in Secrets Manager; alarms by SNS and End User Messaging.
//!
//! Each capability is a type of its own that holds one SDK client and the name of one resource, so that a function
//! builds, and its binary contains, only what it uses. `infra/README.md` has the access patterns with the requests of
//! each. All requests go to the endpoint and with the credentials that the Lambda environment names ([`Sdk`]).

mod alarms;
mod bucket;
mod catalogue;
mod error;
mod http;
mod item;
mod labels;
mod lists;
mod notify_error;
mod orders;
mod processed_events;
mod queues;
mod sdk;
mod secrets;
mod shops;
mod signed;
mod sns;
mod subscriptions;
mod tokens;
mod versioned;
mod voice;

pub use alarms::AlarmTable;
pub use bucket::Bucket;
pub use catalogue::CatalogueTable;
pub use error::{Fault, ResourceError};
pub use labels::LabelBucket;
pub use orders::OrderTable;
pub use processed_events::ProcessedEventTable;
pub use queues::{QueueUrls, SqsQueues};
pub use sdk::{Sdk, SdkError};
pub use secrets::{Credentials, CredentialsError, Version, read_credentials};
pub use shops::ShopTable;
pub use sns::Sns;
pub use tokens::TokenTable;
pub use voice::EndUserMessaging;
