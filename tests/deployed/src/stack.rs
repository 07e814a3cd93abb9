//! The deployed stack.

use std::collections::HashMap;

use anyhow::{Context as _, ensure};
use backend_aws::{QueueUrls, Sdk};
use domain::message::Queue;
use domain::record::OrderRecord;
use emulator::{Cloud, Emulator, Kind, Names, Template, Wire, make_bucket, put_object, sdk};

use crate::archive::pack;
use crate::binaries::{Binaries, root};
use crate::cloudformation::CloudFormation;
use crate::functions::functions;
use crate::outside::Outside;

/// The name of the stack; each has an emulator of its own.
const NAME: &str = "punctual";
/// Where code and template are uploaded to.
const UPLOADS: &str = "uploads";

/// A stack in an emulator of its own, which ends when this is dropped.
pub struct Stack {
    emulator: Emulator,
    sdk: Sdk,
    cloudformation: CloudFormation,
    outputs: HashMap<String, String>,
    http: Wire,
}

impl Stack {
    /// Deploys the template with these binaries, between these services, with more parameters than those that follow
    /// from it.
    ///
    /// # Errors
    /// When anything can't be made, with the reason.
    pub async fn deploy(
        binaries: &Binaries,
        outside: &Outside,
        more: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let emulator = Emulator::start(Kind::MiniStack)?;
        let sdk = sdk(emulator.url())?;
        upload(emulator.url(), binaries).await?;
        let (tiktok, easypost) = (
            store_secret(&sdk, "punctual/tiktok", &outside.tiktok_secret).await?,
            store_secret(&sdk, "punctual/easypost", &outside.easypost_secret).await?,
        );
        let mut parameters = vec![
            ("Architecture", "x86_64"),
            ("DeletionProtection", "false"),
            ("TikTokSecretArn", &tiktok),
            ("EasyPostSecretArn", &easypost),
            ("TikTokApiUrl", &outside.tiktok_url),
            ("TikTokAuthUrl", &outside.tiktok_url),
            ("EasyPostApiUrl", &outside.easypost_url),
            ("AwsEndpointUrl", emulator.url()),
            ("AlarmEmail", "operator@example.com"),
            ("WebhookPathSuffix", "/of-a-length-that-nobody-guesses"),
        ];
        parameters.extend(more);
        let cloudformation =
            CloudFormation { url: emulator.url().to_owned(), client: reqwest::Client::new() };
        let template = format!("{}/{UPLOADS}/template.yaml", emulator.url());
        let outputs = cloudformation.create(NAME, &template, &parameters).await?;

        let webhooks = outputs.get("TikTokWebhookUrl").context("no output TikTokWebhookUrl")?;
        let host = webhooks.split('/').nth(2).context("an address without a host")?;
        // Nobody resolves the API's host name, and the emulator tells APIs apart by it.
        let http = Wire::to(emulator.url(), Some(host)).await?;
        Ok(Self { emulator, sdk, cloudformation, outputs, http })
    }

    /// Where the HTTP API is reached: `http://127.0.0.1:port`.
    pub fn http(&self) -> &Wire {
        &self.http
    }

    /// The clients of what was deployed.
    pub fn sdk(&self) -> &Sdk {
        &self.sdk
    }

    pub(crate) fn aws_url(&self) -> &str {
        self.emulator.url()
    }

    /// An output of the stack.
    ///
    /// # Errors
    /// When none has that name.
    pub fn output(&self, name: &str) -> anyhow::Result<String> {
        self.outputs.get(name).cloned().with_context(|| format!("no output {name}"))
    }

    /// The name that a resource of the template was given.
    ///
    /// # Errors
    /// When there is none.
    pub async fn physical_name(&self, resource: &str) -> anyhow::Result<String> {
        self.cloudformation.physical_name(NAME, resource).await
    }

    /// A queue and its dead letters, as the outputs name them.
    ///
    /// # Errors
    /// When they do not.
    pub fn queue(&self, queue: Queue) -> anyhow::Result<QueueUrls> {
        Ok(QueueUrls {
            queue: self.output(&format!("{queue:?}QueueUrl"))?,
            dead_letters: Some(self.output(&format!("{queue:?}DeadLettersUrl"))?),
        })
    }

    /// The resources by their outputs, as the tests of the backend use them.
    ///
    /// # Errors
    /// When an output is missing.
    pub fn cloud(&self) -> anyhow::Result<Cloud> {
        let mut tables = HashMap::new();
        for (table, _) in Template::read()?.of_type("AWS::DynamoDB::Table") {
            tables.insert(table.to_owned(), self.output(&format!("{table}Name"))?);
        }
        let mut queues = HashMap::new();
        for &queue in Queue::ALL {
            queues.insert(queue, self.queue(queue)?);
        }
        let names = Names { tables, queues, bucket: self.output("LabelsBucketName")? };
        Ok(Cloud { sdk: self.sdk.clone(), names })
    }

    /// Every stored order.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn records(&self) -> anyhow::Result<Vec<OrderRecord>> {
        Ok(punctual::summary::all_orders(&*self.cloud()?.backend().orders).await?)
    }
}

/// Uploads each function's code, and the template that names it.
async fn upload(url: &str, binaries: &Binaries) -> anyhow::Result<()> {
    make_bucket(url, UPLOADS).await?;
    let mut template = std::fs::read_to_string(root().join("infra/template.yaml"))?;
    for function in functions(&Template::read()?) {
        let name = &function.name;
        let here = format!("CodeUri: ../functions/{name}\n");
        ensure!(template.matches(&here).count() == 1, "the template does not name the code of {name} once");
        template = template.replace(&here, &format!("CodeUri: s3://{UPLOADS}/{name}.zip\n"));
        let archive = pack(&std::fs::read(binaries.of(name)?)?)?;
        put_object(url, UPLOADS, &format!("{name}.zip"), archive).await?;
    }
    ensure!(!template.contains("../functions"), "the template names code that is not uploaded");
    put_object(url, UPLOADS, "template.yaml", template.into_bytes()).await
}

async fn store_secret(sdk: &Sdk, name: &str, value: &serde_json::Value) -> anyhow::Result<String> {
    let create = sdk.secrets_manager().create_secret().name(name).secret_string(value.to_string());
    create.send().await?.arn.context("a secret without an ARN")
}
