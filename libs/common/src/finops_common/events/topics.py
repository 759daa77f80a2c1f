"""Makes the topics a service writes, with their partitions and how long they are kept."""

from collections.abc import Iterable

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from finops_common.events.contract import Topic

DAY_MS = 24 * 3600 * 1000


def dead_letter_topic(service: str) -> Topic:
    """Where a service sets aside what it can never handle."""
    return Topic(
        f"{service}.dead-letter",
        "records that could not be handled",
        partitions=1,
        retention_days=7,
    )


async def make_topics(
    brokers: str, prefix: str, topics: Iterable[Topic], replicas: int = 1
) -> None:
    """Create the topics that do not exist; existing ones stay as they are."""
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    await admin.start()
    try:
        wanted = [
            NewTopic(
                prefix + topic.name,
                topic.partitions,
                replicas,
                topic_configs={"retention.ms": str(topic.retention_days * DAY_MS)},
            )
            for topic in topics
        ]
        answer = await admin.create_topics(wanted, timeout_ms=10_000)
    finally:
        await admin.close()
    for _, code, *_ in answer.topic_errors:
        if code not in {0, TopicAlreadyExistsError.errno}:
            raise for_code(code)
