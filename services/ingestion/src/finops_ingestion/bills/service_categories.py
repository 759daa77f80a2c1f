"""Which FOCUS service category a provider's service is of, for those that bills name most.

A service that is not named here is `Other`, which FOCUS allows and which claims nothing.
Categories are those of FOCUS 1.2.
"""

from finops_ingestion.bills.cells import literal

OTHER = "Other"
_SERVICES = {
    "AI and Machine Learning": """
        AmazonBedrock AmazonSageMaker AmazonRekognition AmazonPolly AmazonTextract AmazonLex
        AmazonTranscribe translate comprehend
        |Cognitive Services|Azure OpenAI|Azure Machine Learning|Vertex AI|Cloud Vision API
    """,
    "Analytics": """
        AmazonAthena AmazonKinesis AmazonKinesisFirehose AmazonMSK AmazonES AmazonQuickSight
        AWSGlue AWSLakeFormation ElasticMapReduce AmazonKinesisAnalytics
        |Azure Databricks|Azure Data Factory v2|Event Hubs|Stream Analytics|Azure Synapse Analytics
        |BigQuery|Cloud Dataflow|Cloud Dataproc|Dataproc|Cloud Composer
    """,
    "Compute": """
        AmazonEC2 AWSLambda AmazonECS AmazonEKS AmazonLightsail AWSElasticBeanstalk AWSBatch
        AmazonECR ComputeSavingsPlans AWSAppRunner
        |Virtual Machines|Virtual Machines Licenses|Azure Kubernetes Service|Functions|Container Instances
        |Azure App Service|Container Registry|Virtual Machine Scale Sets
        |Compute Engine|Kubernetes Engine|Cloud Run|Cloud Functions|App Engine|Cloud Run Functions
    """,
    "Databases": """
        AmazonRDS AmazonDynamoDB AmazonElastiCache AmazonRedshift AmazonDocDB AmazonNeptune
        AmazonMemoryDB AmazonDAX AmazonTimestream DatabaseSavingsPlans
        |SQL Database|SQL Managed Instance|Azure Cosmos DB|Azure Database for PostgreSQL
        |Azure Database for MySQL|Azure Database for MariaDB|Redis Cache|Azure Cache for Redis
        |Cloud SQL|Cloud Spanner|Cloud Bigtable|Cloud Firestore|Firestore|AlloyDB|Memorystore
        |Cloud Memorystore for Redis
    """,
    "Developer Tools": """
        CodeBuild AWSCodePipeline AWSCodeCommit AWSCodeArtifact AWSXRay |Azure DevOps|Cloud Build
    """,
    "Identity": "AmazonCognito AWSDirectoryService |Microsoft Entra ID|Azure Active Directory B2C",
    "Integration": """
        AmazonStates AWSEvents AWSQueueService AmazonSNS AmazonMQ AmazonApiGateway AmazonSWF
        |Service Bus|Logic Apps|Event Grid|API Management|Cloud Pub/Sub|Cloud Tasks
    """,
    "Management and Governance": """
        AmazonCloudWatch AWSCloudTrail AWSConfig AWSSystemsManager AWSServiceCatalog
        AWSCostExplorer AWSControlTower AWSBackup
        |Azure Monitor|Log Analytics|Automation|Cost Management|Cloud Logging|Cloud Monitoring
        |Stackdriver Monitoring|Stackdriver Logging
    """,
    "Networking": """
        AmazonVPC AmazonRoute53 AmazonCloudFront AWSELB AWSDirectConnect AWSDataTransfer
        AWSGlobalAccelerator AWSTransitGateway
        |Virtual Network|Load Balancer|Application Gateway|VPN Gateway|ExpressRoute|Bandwidth
        |Azure DNS|Azure Firewall|Azure Front Door Service|Content Delivery Network|NAT Gateway
        |Network Watcher|Cloud DNS|Networking|Cloud CDN|Cloud Load Balancing|Cloud NAT
    """,
    "Security": """
        AmazonGuardDuty AmazonInspector AmazonInspectorV2 AmazonMacie awskms awswaf AWSSecretsManager
        AWSSecurityHub AWSShield AWSCertificateManager AmazonDetective
        |Key Vault|Microsoft Defender for Cloud|Azure DDoS Protection|Sentinel
        |Cloud Key Management Service (KMS)|Secret Manager|Security Command Center|Cloud Armor
    """,
    "Storage": """
        AmazonS3 AmazonEFS AmazonFSx AmazonGlacier AWSStorageGateway AmazonS3GlacierDeepArchive
        |Storage|Azure NetApp Files|Backup|Azure Site Recovery|Cloud Storage|Cloud Filestore
    """,
}


def names_of(listed: str) -> list[str]:
    """Codes that white space parts, then names that bars do."""
    codes, *names = listed.split("|")
    return [*codes.split(), *(" ".join(name.split()) for name in names)]


def category_sql(service: str) -> str:
    """The category of the service in a column; a map, since every long IN would be a join."""
    known = {name: category for category, listed in _SERVICES.items() for name in names_of(listed)}
    names, categories = (", ".join(map(literal, each)) for each in (known, known.values()))
    return (
        f"coalesce(map_extract_value(MAP([{names}], [{categories}]), {service}), {literal(OTHER)})"
    )
