//! The template's tables, queues and bucket in an emulator.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context as _;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::QueueAttributeName;
use backend::Backend;
use backend_aws::{
    CatalogueTable, LabelBucket, OrderTable, ProcessedEventTable, QueueUrls, Sdk, ShopTable, SqsQueues,
    TokenTable,
};
use backend_contract::Spoilt;
use domain::message::Queue;

use crate::template::{TableDefinition, Template};

/// The names of the resources that were made.
#[derive(Clone, Debug)]
pub struct Names {
    /// Tables, by their name in the template.
    pub tables: HashMap<String, String>,
    pub queues: HashMap<Queue, QueueUrls>,
    /// The bucket of label files.
    pub bucket: String,
}

/// A set of empty resources for one test.
#[derive(Clone, Debug)]
pub struct Cloud {
    pub sdk: Sdk,
    pub names: Names,
}

impl Cloud {
    /// Makes the resources at `url`.
    ///
    /// # Errors
    /// When the emulator refuses one.
    pub async fn new(url: &str) -> anyhow::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let prefix = format!("t{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let template = Template::read()?;
        let sdk = sdk(url)?;
        let mut tables = HashMap::new();
        for (name, properties) in template.of_type("AWS::DynamoDB::Table") {
            let table = format!("{prefix}-{name}");
            let definition = TableDefinition::of(properties).with_context(|| name.to_owned())?;
            make_table(&sdk, &table, &definition).await?;
            tables.insert(name.to_owned(), table);
        }
        let mut queues = HashMap::new();
        for &queue in Queue::ALL {
            queues.insert(queue, make_queue(&sdk, &format!("{prefix}-{}", queue.name())).await?);
        }
        let bucket = format!("{prefix}-labels");
        make_bucket(url, &bucket).await?;
        Ok(Self { sdk, names: Names { tables, queues, bucket } })
    }

    /// The same resources, reached through `url`.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn through(&self, url: &str) -> anyhow::Result<Self> {
        Ok(Self { sdk: sdk(url)?, names: self.names.clone() })
    }

    /// Replaces the stored document of a record by `document`, and leaves its other attributes as they are.
    ///
    /// # Errors
    /// When the emulator refuses it, or there is no such record.
    pub async fn spoil(&self, record: Spoilt, document: &str) -> anyhow::Result<()> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let (table, key) = match record {
            Spoilt::Order(key) => {
                let order = ("order".to_owned(), text(&format!("{}/{}", key.shop, key.order)));
                ("OrdersTable", HashMap::from([order, ("part".to_owned(), text("record"))]))
            }
            Spoilt::Shop(id) => ("ShopsTable", HashMap::from([("shop".to_owned(), text(id.as_str()))])),
        };
        self.sdk
            .dynamodb()
            .update_item()
            .table_name(self.names.tables.get(table).cloned().unwrap_or_default())
            .set_key(Some(key))
            .update_expression("SET #document = :document")
            .condition_expression("attribute_exists(#document)")
            .expression_attribute_names("#document", "document")
            .expression_attribute_values(":document", text(document))
            .send()
            .await?;
        Ok(())
    }

    /// A backend on these resources, with its own clients.
    pub fn backend(&self) -> Backend {
        let Names { tables, queues, bucket } = &self.names;
        let table = |name: &str| tables.get(name).cloned().unwrap_or_default();
        let shops = ShopTable::new(self.sdk.dynamodb(), table("ShopsTable"));
        let orders = OrderTable::new(self.sdk.dynamodb(), table("OrdersTable")).with_shops(shops.clone());
        Backend {
            orders: Arc::new(orders),
            alarms: Arc::new(backend_aws::AlarmTable::new(self.sdk.dynamodb(), table("AlarmsTable"))),
            shops: Arc::new(shops),
            catalogue: Arc::new(CatalogueTable::new(self.sdk.dynamodb(), table("CatalogueTable"))),
            labels: Arc::new(LabelBucket::new(self.sdk.bucket(bucket))),
            processed_events: Arc::new(ProcessedEventTable::new(
                self.sdk.dynamodb(),
                table("ProcessedEventsTable"),
            )),
            secrets: Arc::new(TokenTable::new(self.sdk.dynamodb(), table("TokensTable"))),
            queues: Arc::new(SqsQueues::new(self.sdk.sqs(), queues.clone())),
        }
    }
}

/// Installs the cryptography of TLS, once a process.
pub(crate) fn install_tls() {
    // An error means that it was installed before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Clients of an emulator.
///
/// # Errors
/// When none can be made.
pub fn sdk(url: &str) -> anyhow::Result<Sdk> {
    install_tls();
    let url = url.to_owned();
    let lookup = move |name: &str| match name {
        "AWS_REGION" => Some("us-east-1".to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test".to_owned()),
        "AWS_ENDPOINT_URL" => Some(url.clone()),
        _ => None,
    };
    Ok(Sdk::from_environment(lookup, reqwest::Client::new())?)
}

async fn make_table(sdk: &Sdk, name: &str, table: &TableDefinition) -> anyhow::Result<()> {
    sdk.dynamodb()
        .create_table()
        .table_name(name)
        .set_attribute_definitions(Some(table.attributes.clone()))
        .set_key_schema(Some(table.key.clone()))
        .set_global_secondary_indexes(table.indexes.clone())
        .billing_mode(table.billing.clone())
        .send()
        .await
        .with_context(|| format!("table {name}"))?;
    Ok(())
}

/// Makes a bucket. Emulators check no signature.
///
/// # Errors
/// When the emulator refuses it.
pub async fn make_bucket(url: &str, name: &str) -> anyhow::Result<()> {
    put(format!("{url}/{name}"), Vec::new()).await
}

/// Puts an object into a bucket.
///
/// # Errors
/// When the emulator refuses it.
pub async fn put_object(url: &str, bucket: &str, key: &str, bytes: Vec<u8>) -> anyhow::Result<()> {
    put(format!("{url}/{bucket}/{key}"), bytes).await
}

async fn put(url: String, body: Vec<u8>) -> anyhow::Result<()> {
    // Emulators tell by the scope of the signature for which service a request is.
    let scope = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
    let put = reqwest::Client::new().put(url).header("authorization", scope).body(body);
    put.send().await?.error_for_status()?;
    Ok(())
}

async fn make_queue(sdk: &Sdk, name: &str) -> anyhow::Result<QueueUrls> {
    let sqs = sdk.sqs();
    let dead = sqs.create_queue().queue_name(format!("{name}-dead")).send().await?;
    let dead = dead.queue_url.context("a queue without a URL")?;
    let arn = sqs
        .get_queue_attributes()
        .queue_url(&dead)
        .attribute_names(QueueAttributeName::QueueArn)
        .send()
        .await?;
    let arn = arn.attributes.and_then(|mut a| a.remove(&QueueAttributeName::QueueArn)).context("no ARN")?;
    let redrive = serde_json::json!({
        "deadLetterTargetArn": arn,
        "maxReceiveCount": backend::queues::RECEIVES_MAX.to_string(),
    });
    let queue = sqs
        .create_queue()
        .queue_name(name)
        .attributes(QueueAttributeName::RedrivePolicy, redrive.to_string())
        .send()
        .await?;
    Ok(QueueUrls { queue: queue.queue_url.context("a queue without a URL")?, dead_letters: Some(dead) })
}
