"""The tree of errors, by what an operator does about them. A message says what to do, and has no text of a post.

- TgwireError
    - TransientError: the same can succeed later without help
        - ControlError (runtime.control_requests)
        - BrokerUnavailableError (runtime.kafka.errors), also PublishError
        - ClusterUnreachableError (runtime.kafka.errors)
        - OffsetGoneError (runtime.kafka.errors)
        - ReaderBusyError (ingest.errors)
        - ReaderLostError (ingest.errors)
            - UnreadableAnswerError (ingest.errors)
            - TakeoutEndedError (ingest.errors)
        - DeliveryTimeoutError (ingest.errors), also PublishError
        - PublishStoppedError (ingest.errors), also PublishError
        - SinkUnavailableError (sinks.errors)
        - StoreUnavailableError (sinks.store.errors)
            - RacedError (sinks.store.errors)
            - QueryTimeoutError (sinks.store.errors)
        - StoreAwayError (tgwire.embedded.errors), also PublishError
        - OutputFullError (tgwire.errors)
        - DownloadError (tgwire.errors)
        - NotAnsweredError (tgwire.processes.collector_control)
    - PoisonError: one input is at fault; everything around it goes on
        - SourceUnreadableError (ingest.errors)
            - UnknownColumnsError (ingest.errors)
        - SourceChangedError (ingest.errors)
        - FileUnavailableError (ingest.errors)
        - ChannelUnavailableError (ingest.errors)
        - PostTooLargeError (ingest.errors), also PublishError
        - StatementRefusedError (sinks.store.errors)
        - DeadLetterNotFoundError (tgwire.errors)
    - FatalError: nothing more can be done until an operator acts
        - ConfigurationError
            - SinkSettingError (sinks.errors)
        - StateError
        - StateLockedError
        - ControlRefusedError (runtime.control_requests)
        - ListenError (runtime.http_endpoint)
        - TopicMissingError (runtime.kafka.errors)
            - PublishTopicMissingError (runtime.kafka.errors), also PublishError
        - SignInError (runtime.kafka.errors), also PublishError
        - KafkaSettingsError (runtime.kafka.errors), also PublishError
        - TlsFileError (runtime.kafka.errors)
        - NotPermittedError (runtime.kafka.errors)
        - ClusterRequestError (runtime.kafka.errors)
        - ChannelFileError (runtime.settings.channel_list)
        - SourceNotFoundError (ingest.errors)
            - NothingToReadError (ingest.errors)
        - InvalidMapError (ingest.errors)
        - MediaFolderError (ingest.errors)
            - MediaFolderLockedError (ingest.errors)
        - LoginError (ingest.errors)
        - AccountError (ingest.errors)
        - DeliveryRefusedError (ingest.errors), also PublishError
        - DestinationChangedError (ingest.errors), also PublishError
        - UnexpectedDeliveryError (ingest.errors), also PublishError
        - BrokerRefusedError (processors.errors)
        - IdempotenceError (processors.errors)
        - TopicMismatchError (processors.errors)
        - DataDirError (processors.errors)
        - ResourceMissingError (processors.errors)
        - LanguageSettingError (processors.errors)
        - QuoteSettingError (processors.errors)
        - SnapshotSettingError (processors.errors)
        - WorkerExit (processors.errors)
            - OffsetGapError (processors.errors)
            - DeliveryError (processors.errors)
                - BatchNotDeliveredError (processors.errors)
                - LeaseLostError (processors.errors)
            - PipelineBugError (processors.errors)
                - StateLogError (processors.errors)
                - StateTableError (processors.errors)
            - StallError (processors.errors)
            - BudgetError (processors.errors)
        - SinkPlaceError (sinks.errors)
        - SinkLockedError (sinks.errors)
        - OffsetsRefusedError (sinks.errors)
        - ReceiverError (sinks.errors)
        - ParquetPlaceError (sinks.errors)
        - StoreError (sinks.store.errors)
            - NewerStoreError (sinks.store.errors)
            - StoreInUseError (sinks.store.errors)
            - StoreReadOnlyError (sinks.store.errors)
        - StatementTimeError (sinks.store.errors)
        - ServeError (web.errors)
        - StoreRefusesError (tgwire.embedded.errors), also PublishError
        - OutputExistsError (tgwire.errors)
        - EngineUnavailableError (tgwire.errors)
        - BrokerStartError (tgwire.errors)
        - PortTakenError (tgwire.errors)
        - WorkersRunningError (tgwire.errors)
        - RecordFileError (tgwire.errors)
        - DemoMissingError (tgwire.errors)
        - MoveError (tgwire.errors)
            - DamagedNoteError (tgwire.errors)
        - BackupError (tgwire.errors)
        - ExtraMissingError (tgwire.extras)
        - AnalysisProcessLostError (tgwire.processes.analysis_process)
        - MisunderstoodError (tgwire.processes.collector_control)
    - PublishError (runtime.kafka.errors): a post was not acknowledged; its classes are drawn below the three above

A class of two parents is drawn below the second. Errors that never leave the package that raises them are not here.
"""

from collections.abc import Iterable
from typing import ClassVar

EXIT_CONFIGURATION = 3
EXIT_UNAVAILABLE = 4


class TgwireError(Exception):
    """Base of all errors here; its text can be shown to users."""


class TransientError(TgwireError):
    """The same can succeed later without help. Operator: try it again, or start the process again."""

    exit_code: ClassVar[int] = EXIT_UNAVAILABLE
    """With which a worker ends; commands have exit codes of their own (``tgwire.cli.exit_codes``)."""


class PoisonError(TgwireError):
    """One input is at fault; everything around it goes on. Operator: check it, leave it out or fix it."""


class FatalError(TgwireError):
    """Nothing more can be done until an operator acts; the text explains how."""

    exit_code: ClassVar[int] = EXIT_CONFIGURATION
    """With which a worker ends."""


class ConfigurationError(FatalError):
    """The settings are unusable: correct the places that ``problems`` names, all of them at once.

    A problem never quotes a value, since a secret may be in the wrong place.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class StateError(FatalError):
    """A file or folder of local state cannot be used as it is; the text names it and what to do."""


class StateLockedError(FatalError):
    """Another process holds the same file or folder of local state. Operator: end that one, or wait for it."""
