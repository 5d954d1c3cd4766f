import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");

/** Namespace castai. */
export namespace castai {

    /** Namespace ingest. */
    namespace ingest {

        /** Namespace v2. */
        namespace v2 {

            /**
             * Properties of a Feed.
             * @deprecated Use castai.ingest.v2.Feed.$Properties instead.
             */
            interface IFeed extends castai.ingest.v2.Feed.$Properties {
            }

            /** Represents a Feed. */
            class Feed {

                /**
                 * Constructs a new Feed.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.Feed.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Feed id. */
                id: number;

                /** Feed group. */
                group: string;

                /** Feed version. */
                version: string;

                /** Feed resource. */
                resource: string;

                /** Feed kind. */
                kind: string;

                /** Feed namespace. */
                namespace: string;

                /** Feed fieldSelector. */
                fieldSelector: string;

                /** Feed scrubVersion. */
                scrubVersion: number;

                /**
                 * Encodes the specified Feed message. Does not implicitly {@link castai.ingest.v2.Feed.verify|verify} messages.
                 * @param message Feed message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.Feed.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Feed message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.Feed & castai.ingest.v2.Feed.$Shape} Feed
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.Feed & castai.ingest.v2.Feed.$Shape;
            }

            namespace Feed {

                /** Properties of a Feed. */
                interface $Properties {

                    /** Feed id */
                    id?: (number|null);

                    /** Feed group */
                    group?: (string|null);

                    /** Feed version */
                    version?: (string|null);

                    /** Feed resource */
                    resource?: (string|null);

                    /** Feed kind */
                    kind?: (string|null);

                    /** Feed namespace */
                    namespace?: (string|null);

                    /** Feed fieldSelector */
                    fieldSelector?: (string|null);

                    /** Feed scrubVersion */
                    scrubVersion?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Feed. */
                type $Shape = castai.ingest.v2.Feed.$Properties;
            }

            /**
             * Properties of an OpenRequest.
             * @deprecated Use castai.ingest.v2.OpenRequest.$Properties instead.
             */
            interface IOpenRequest extends castai.ingest.v2.OpenRequest.$Properties {
            }

            /** Represents an OpenRequest. */
            class OpenRequest {

                /**
                 * Constructs a new OpenRequest.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.OpenRequest.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** OpenRequest instanceId. */
                instanceId: string;

                /** OpenRequest clusterUid. */
                clusterUid: string;

                /** OpenRequest agentVersion. */
                agentVersion: string;

                /** OpenRequest kubernetesVersion. */
                kubernetesVersion: string;

                /** OpenRequest lease. */
                lease?: (castai.ingest.v2.LeaseEvidence.$Properties|null);

                /** OpenRequest feeds. */
                feeds: castai.ingest.v2.Feed.$Properties[];

                /** OpenRequest encodings. */
                encodings: castai.ingest.v2.BodyEncoding[];

                /**
                 * Encodes the specified OpenRequest message. Does not implicitly {@link castai.ingest.v2.OpenRequest.verify|verify} messages.
                 * @param message OpenRequest message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.OpenRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an OpenRequest message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.OpenRequest & castai.ingest.v2.OpenRequest.$Shape} OpenRequest
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.OpenRequest & castai.ingest.v2.OpenRequest.$Shape;
            }

            namespace OpenRequest {

                /** Properties of an OpenRequest. */
                interface $Properties {

                    /** OpenRequest instanceId */
                    instanceId?: (string|null);

                    /** OpenRequest clusterUid */
                    clusterUid?: (string|null);

                    /** OpenRequest agentVersion */
                    agentVersion?: (string|null);

                    /** OpenRequest kubernetesVersion */
                    kubernetesVersion?: (string|null);

                    /** OpenRequest lease */
                    lease?: (castai.ingest.v2.LeaseEvidence.$Properties|null);

                    /** OpenRequest feeds */
                    feeds?: (castai.ingest.v2.Feed.$Properties[]|null);

                    /** OpenRequest encodings */
                    encodings?: (castai.ingest.v2.BodyEncoding[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an OpenRequest. */
                type $Shape = castai.ingest.v2.OpenRequest.$Properties;
            }

            /**
             * Properties of a LeaseEvidence.
             * @deprecated Use castai.ingest.v2.LeaseEvidence.$Properties instead.
             */
            interface ILeaseEvidence extends castai.ingest.v2.LeaseEvidence.$Properties {
            }

            /** Represents a LeaseEvidence. */
            class LeaseEvidence {

                /**
                 * Constructs a new LeaseEvidence.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.LeaseEvidence.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** LeaseEvidence uid. */
                uid: string;

                /** LeaseEvidence transitions. */
                transitions: number;

                /**
                 * Encodes the specified LeaseEvidence message. Does not implicitly {@link castai.ingest.v2.LeaseEvidence.verify|verify} messages.
                 * @param message LeaseEvidence message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.LeaseEvidence.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a LeaseEvidence message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.LeaseEvidence & castai.ingest.v2.LeaseEvidence.$Shape} LeaseEvidence
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.LeaseEvidence & castai.ingest.v2.LeaseEvidence.$Shape;
            }

            namespace LeaseEvidence {

                /** Properties of a LeaseEvidence. */
                interface $Properties {

                    /** LeaseEvidence uid */
                    uid?: (string|null);

                    /** LeaseEvidence transitions */
                    transitions?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a LeaseEvidence. */
                type $Shape = castai.ingest.v2.LeaseEvidence.$Properties;
            }

            /**
             * Properties of an OpenResponse.
             * @deprecated Use castai.ingest.v2.OpenResponse.$Properties instead.
             */
            interface IOpenResponse extends castai.ingest.v2.OpenResponse.$Properties {
            }

            /** Represents an OpenResponse. */
            class OpenResponse {

                /**
                 * Constructs a new OpenResponse.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.OpenResponse.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** OpenResponse epoch. */
                epoch: (number|Long);

                /** OpenResponse resume. */
                resume: castai.ingest.v2.ResumePoint.$Properties[];

                /** OpenResponse limits. */
                limits?: (castai.ingest.v2.Limits.$Properties|null);

                /** OpenResponse directives. */
                directives: castai.ingest.v2.Directive.$Properties[];

                /** OpenResponse ended. */
                ended?: (castai.ingest.v2.EndedSession.$Properties|null);

                /** OpenResponse offers. */
                offers?: (castai.ingest.v2.Offers.$Properties|null);

                /**
                 * Encodes the specified OpenResponse message. Does not implicitly {@link castai.ingest.v2.OpenResponse.verify|verify} messages.
                 * @param message OpenResponse message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.OpenResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an OpenResponse message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.OpenResponse & castai.ingest.v2.OpenResponse.$Shape} OpenResponse
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.OpenResponse & castai.ingest.v2.OpenResponse.$Shape;
            }

            namespace OpenResponse {

                /** Properties of an OpenResponse. */
                interface $Properties {

                    /** OpenResponse epoch */
                    epoch?: (number|Long|null);

                    /** OpenResponse resume */
                    resume?: (castai.ingest.v2.ResumePoint.$Properties[]|null);

                    /** OpenResponse limits */
                    limits?: (castai.ingest.v2.Limits.$Properties|null);

                    /** OpenResponse directives */
                    directives?: (castai.ingest.v2.Directive.$Properties[]|null);

                    /** OpenResponse ended */
                    ended?: (castai.ingest.v2.EndedSession.$Properties|null);

                    /** OpenResponse offers */
                    offers?: (castai.ingest.v2.Offers.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an OpenResponse. */
                type $Shape = {
                  epoch?: number|Long|null;
                  resume?: castai.ingest.v2.ResumePoint.$Shape[]|null;
                  limits?: castai.ingest.v2.Limits.$Shape|null;
                  directives?: castai.ingest.v2.Directive.$Shape[]|null;
                  ended?: castai.ingest.v2.EndedSession.$Shape|null;
                  offers?: castai.ingest.v2.Offers.$Shape|null;
                  $unknowns?: Uint8Array[];
                };
            }

            /**
             * Properties of an Offers.
             * @deprecated Use castai.ingest.v2.Offers.$Properties instead.
             */
            interface IOffers extends castai.ingest.v2.Offers.$Properties {
            }

            /** Represents an Offers. */
            class Offers {

                /**
                 * Constructs a new Offers.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.Offers.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Offers held. */
                held: castai.ingest.v2.ResumePoint.$Properties[];

                /**
                 * Encodes the specified Offers message. Does not implicitly {@link castai.ingest.v2.Offers.verify|verify} messages.
                 * @param message Offers message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.Offers.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Offers message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.Offers & castai.ingest.v2.Offers.$Shape} Offers
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.Offers & castai.ingest.v2.Offers.$Shape;
            }

            namespace Offers {

                /** Properties of an Offers. */
                interface $Properties {

                    /** Offers held */
                    held?: (castai.ingest.v2.ResumePoint.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Offers. */
                type $Shape = castai.ingest.v2.Offers.$Properties;
            }

            /**
             * Properties of an EndedSession.
             * @deprecated Use castai.ingest.v2.EndedSession.$Properties instead.
             */
            interface IEndedSession extends castai.ingest.v2.EndedSession.$Properties {
            }

            /** Represents an EndedSession. */
            class EndedSession {

                /**
                 * Constructs a new EndedSession.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.EndedSession.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** EndedSession epoch. */
                epoch: (number|Long);

                /** EndedSession receivedSeq. */
                receivedSeq: (number|Long);

                /** EndedSession processedSeq. */
                processedSeq: (number|Long);

                /**
                 * Encodes the specified EndedSession message. Does not implicitly {@link castai.ingest.v2.EndedSession.verify|verify} messages.
                 * @param message EndedSession message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.EndedSession.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an EndedSession message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.EndedSession & castai.ingest.v2.EndedSession.$Shape} EndedSession
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.EndedSession & castai.ingest.v2.EndedSession.$Shape;
            }

            namespace EndedSession {

                /** Properties of an EndedSession. */
                interface $Properties {

                    /** EndedSession epoch */
                    epoch?: (number|Long|null);

                    /** EndedSession receivedSeq */
                    receivedSeq?: (number|Long|null);

                    /** EndedSession processedSeq */
                    processedSeq?: (number|Long|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an EndedSession. */
                type $Shape = castai.ingest.v2.EndedSession.$Properties;
            }

            /**
             * Properties of a ResumePoint.
             * @deprecated Use castai.ingest.v2.ResumePoint.$Properties instead.
             */
            interface IResumePoint extends castai.ingest.v2.ResumePoint.$Properties {
            }

            /** Represents a ResumePoint. */
            class ResumePoint {

                /**
                 * Constructs a new ResumePoint.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.ResumePoint.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ResumePoint feedId. */
                feedId: number;

                /** ResumePoint resourceVersion. */
                resourceVersion: string;

                /**
                 * Encodes the specified ResumePoint message. Does not implicitly {@link castai.ingest.v2.ResumePoint.verify|verify} messages.
                 * @param message ResumePoint message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.ResumePoint.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a ResumePoint message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.ResumePoint & castai.ingest.v2.ResumePoint.$Shape} ResumePoint
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.ResumePoint & castai.ingest.v2.ResumePoint.$Shape;
            }

            namespace ResumePoint {

                /** Properties of a ResumePoint. */
                interface $Properties {

                    /** ResumePoint feedId */
                    feedId?: (number|null);

                    /** ResumePoint resourceVersion */
                    resourceVersion?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a ResumePoint. */
                type $Shape = castai.ingest.v2.ResumePoint.$Properties;
            }

            /**
             * Properties of a Limits.
             * @deprecated Use castai.ingest.v2.Limits.$Properties instead.
             */
            interface ILimits extends castai.ingest.v2.Limits.$Properties {
            }

            /** Represents a Limits. */
            class Limits {

                /**
                 * Constructs a new Limits.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.Limits.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Limits maxBatchBytes. */
                maxBatchBytes: number;

                /** Limits heartbeatMs. */
                heartbeatMs: number;

                /** Limits minBatchIntervalMs. */
                minBatchIntervalMs: number;

                /**
                 * Encodes the specified Limits message. Does not implicitly {@link castai.ingest.v2.Limits.verify|verify} messages.
                 * @param message Limits message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.Limits.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Limits message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.Limits & castai.ingest.v2.Limits.$Shape} Limits
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.Limits & castai.ingest.v2.Limits.$Shape;
            }

            namespace Limits {

                /** Properties of a Limits. */
                interface $Properties {

                    /** Limits maxBatchBytes */
                    maxBatchBytes?: (number|null);

                    /** Limits heartbeatMs */
                    heartbeatMs?: (number|null);

                    /** Limits minBatchIntervalMs */
                    minBatchIntervalMs?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Limits. */
                type $Shape = castai.ingest.v2.Limits.$Properties;
            }

            /**
             * Properties of a Batch.
             * @deprecated Use castai.ingest.v2.Batch.$Properties instead.
             */
            interface IBatch extends castai.ingest.v2.Batch.$Properties {
            }

            /** Represents a Batch. */
            class Batch {

                /**
                 * Constructs a new Batch.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.Batch.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Batch epoch. */
                epoch: (number|Long);

                /** Batch seq. */
                seq: (number|Long);

                /** Batch sentAtMs. */
                sentAtMs: (number|Long);

                /** Batch entries. */
                entries: castai.ingest.v2.Entry.$Properties[];

                /** Batch health. */
                health?: (castai.ingest.v2.Health.$Properties|null);

                /** Batch stop. */
                stop?: (castai.ingest.v2.Stop.$Properties|null);

                /**
                 * Encodes the specified Batch message. Does not implicitly {@link castai.ingest.v2.Batch.verify|verify} messages.
                 * @param message Batch message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.Batch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Batch message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.Batch & castai.ingest.v2.Batch.$Shape} Batch
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.Batch & castai.ingest.v2.Batch.$Shape;
            }

            namespace Batch {

                /** Properties of a Batch. */
                interface $Properties {

                    /** Batch epoch */
                    epoch?: (number|Long|null);

                    /** Batch seq */
                    seq?: (number|Long|null);

                    /** Batch sentAtMs */
                    sentAtMs?: (number|Long|null);

                    /** Batch entries */
                    entries?: (castai.ingest.v2.Entry.$Properties[]|null);

                    /** Batch health */
                    health?: (castai.ingest.v2.Health.$Properties|null);

                    /** Batch stop */
                    stop?: (castai.ingest.v2.Stop.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Batch. */
                type $Shape = {
                  epoch?: number|Long|null;
                  seq?: number|Long|null;
                  sentAtMs?: number|Long|null;
                  entries?: castai.ingest.v2.Entry.$Shape[]|null;
                  health?: castai.ingest.v2.Health.$Shape|null;
                  stop?: castai.ingest.v2.Stop.$Shape|null;
                  $unknowns?: Uint8Array[];
                };
            }

            /**
             * Properties of a Health.
             * @deprecated Use castai.ingest.v2.Health.$Properties instead.
             */
            interface IHealth extends castai.ingest.v2.Health.$Properties {
            }

            /** Represents a Health. */
            class Health {

                /**
                 * Constructs a new Health.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.Health.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Health state. */
                state: string;

                /** Health cause. */
                cause: string;

                /** Health reason. */
                reason: string;

                /** Health sinceMs. */
                sinceMs: (number|Long);

                /**
                 * Encodes the specified Health message. Does not implicitly {@link castai.ingest.v2.Health.verify|verify} messages.
                 * @param message Health message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.Health.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Health message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.Health & castai.ingest.v2.Health.$Shape} Health
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.Health & castai.ingest.v2.Health.$Shape;
            }

            namespace Health {

                /** Properties of a Health. */
                interface $Properties {

                    /** Health state */
                    state?: (string|null);

                    /** Health cause */
                    cause?: (string|null);

                    /** Health reason */
                    reason?: (string|null);

                    /** Health sinceMs */
                    sinceMs?: (number|Long|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Health. */
                type $Shape = castai.ingest.v2.Health.$Properties;
            }

            /**
             * Properties of a Stop.
             * @deprecated Use castai.ingest.v2.Stop.$Properties instead.
             */
            interface IStop extends castai.ingest.v2.Stop.$Properties {
            }

            /** Represents a Stop. */
            class Stop {

                /**
                 * Constructs a new Stop.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.Stop.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Stop reason. */
                reason: string;

                /**
                 * Encodes the specified Stop message. Does not implicitly {@link castai.ingest.v2.Stop.verify|verify} messages.
                 * @param message Stop message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.Stop.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Stop message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.Stop & castai.ingest.v2.Stop.$Shape} Stop
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.Stop & castai.ingest.v2.Stop.$Shape;
            }

            namespace Stop {

                /** Properties of a Stop. */
                interface $Properties {

                    /** Stop reason */
                    reason?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Stop. */
                type $Shape = castai.ingest.v2.Stop.$Properties;
            }

            /**
             * Properties of an Entry.
             * @deprecated Use castai.ingest.v2.Entry.$Properties instead.
             */
            interface IEntry extends castai.ingest.v2.Entry.$Properties {
            }

            /** Represents an Entry. */
            class Entry {

                /**
                 * Constructs a new Entry.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.Entry.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Entry upsert. */
                upsert?: (castai.ingest.v2.Upsert.$Properties|null);

                /** Entry delete. */
                delete?: (castai.ingest.v2.Delete.$Properties|null);

                /** Entry begin. */
                begin?: (castai.ingest.v2.SnapshotBegin.$Properties|null);

                /** Entry end. */
                end?: (castai.ingest.v2.SnapshotEnd.$Properties|null);

                /** Entry abort. */
                abort?: (castai.ingest.v2.SnapshotAbort.$Properties|null);

                /** Entry progress. */
                progress?: (castai.ingest.v2.ResumePoint.$Properties|null);

                /** Entry state. */
                state?: (castai.ingest.v2.FeedState.$Properties|null);

                /** Entry offer. */
                offer?: (castai.ingest.v2.Offer.$Properties|null);

                /** Entry entry. */
                entry?: ("upsert"|"delete"|"begin"|"end"|"abort"|"progress"|"state"|"offer");

                /**
                 * Encodes the specified Entry message. Does not implicitly {@link castai.ingest.v2.Entry.verify|verify} messages.
                 * @param message Entry message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.Entry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Entry message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.Entry & castai.ingest.v2.Entry.$Shape} Entry
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.Entry & castai.ingest.v2.Entry.$Shape;
            }

            namespace Entry {

                /** Properties of an Entry. */
                interface $Properties {

                    /** Entry upsert */
                    upsert?: (castai.ingest.v2.Upsert.$Properties|null);

                    /** Entry delete */
                    "delete"?: (castai.ingest.v2.Delete.$Properties|null);

                    /** Entry begin */
                    begin?: (castai.ingest.v2.SnapshotBegin.$Properties|null);

                    /** Entry end */
                    end?: (castai.ingest.v2.SnapshotEnd.$Properties|null);

                    /** Entry abort */
                    abort?: (castai.ingest.v2.SnapshotAbort.$Properties|null);

                    /** Entry progress */
                    progress?: (castai.ingest.v2.ResumePoint.$Properties|null);

                    /** Entry state */
                    state?: (castai.ingest.v2.FeedState.$Properties|null);

                    /** Entry offer */
                    offer?: (castai.ingest.v2.Offer.$Properties|null);

                    /** Entry entry */
                    entry?: ("upsert"|"delete"|"begin"|"end"|"abort"|"progress"|"state"|"offer");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of an Entry. */
                type $Shape = {
                  upsert?: castai.ingest.v2.Upsert.$Shape|null;
                  "delete"?: castai.ingest.v2.Delete.$Shape|null;
                  begin?: castai.ingest.v2.SnapshotBegin.$Shape|null;
                  end?: castai.ingest.v2.SnapshotEnd.$Shape|null;
                  abort?: castai.ingest.v2.SnapshotAbort.$Shape|null;
                  progress?: castai.ingest.v2.ResumePoint.$Shape|null;
                  state?: castai.ingest.v2.FeedState.$Shape|null;
                  offer?: castai.ingest.v2.Offer.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ entry?: undefined; upsert?: null; "delete"?: null; begin?: null; end?: null; abort?: null; progress?: null; state?: null; offer?: null }|{ entry?: "upsert"; upsert: castai.ingest.v2.Upsert.$Shape; "delete"?: null; begin?: null; end?: null; abort?: null; progress?: null; state?: null; offer?: null }|{ entry?: "delete"; upsert?: null; "delete": castai.ingest.v2.Delete.$Shape; begin?: null; end?: null; abort?: null; progress?: null; state?: null; offer?: null }|{ entry?: "begin"; upsert?: null; "delete"?: null; begin: castai.ingest.v2.SnapshotBegin.$Shape; end?: null; abort?: null; progress?: null; state?: null; offer?: null }|{ entry?: "end"; upsert?: null; "delete"?: null; begin?: null; end: castai.ingest.v2.SnapshotEnd.$Shape; abort?: null; progress?: null; state?: null; offer?: null }|{ entry?: "abort"; upsert?: null; "delete"?: null; begin?: null; end?: null; abort: castai.ingest.v2.SnapshotAbort.$Shape; progress?: null; state?: null; offer?: null }|{ entry?: "progress"; upsert?: null; "delete"?: null; begin?: null; end?: null; abort?: null; progress: castai.ingest.v2.ResumePoint.$Shape; state?: null; offer?: null }|{ entry?: "state"; upsert?: null; "delete"?: null; begin?: null; end?: null; abort?: null; progress?: null; state: castai.ingest.v2.FeedState.$Shape; offer?: null }|{ entry?: "offer"; upsert?: null; "delete"?: null; begin?: null; end?: null; abort?: null; progress?: null; state?: null; offer: castai.ingest.v2.Offer.$Shape })
                );
            }

            /**
             * Properties of an Upsert.
             * @deprecated Use castai.ingest.v2.Upsert.$Properties instead.
             */
            interface IUpsert extends castai.ingest.v2.Upsert.$Properties {
            }

            /** Represents an Upsert. */
            class Upsert {

                /**
                 * Constructs a new Upsert.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.Upsert.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Upsert feedId. */
                feedId: number;

                /** Upsert uid. */
                uid: string;

                /** Upsert namespace. */
                namespace: string;

                /** Upsert name. */
                name: string;

                /** Upsert resourceVersion. */
                resourceVersion: string;

                /** Upsert observedAtMs. */
                observedAtMs: (number|Long);

                /** Upsert encoding. */
                encoding: castai.ingest.v2.BodyEncoding;

                /** Upsert body. */
                body: Uint8Array;

                /** Upsert findings. */
                findings?: (castai.ingest.v2.Findings.$Properties|null);

                /**
                 * Encodes the specified Upsert message. Does not implicitly {@link castai.ingest.v2.Upsert.verify|verify} messages.
                 * @param message Upsert message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.Upsert.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Upsert message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.Upsert & castai.ingest.v2.Upsert.$Shape} Upsert
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.Upsert & castai.ingest.v2.Upsert.$Shape;
            }

            namespace Upsert {

                /** Properties of an Upsert. */
                interface $Properties {

                    /** Upsert feedId */
                    feedId?: (number|null);

                    /** Upsert uid */
                    uid?: (string|null);

                    /** Upsert namespace */
                    namespace?: (string|null);

                    /** Upsert name */
                    name?: (string|null);

                    /** Upsert resourceVersion */
                    resourceVersion?: (string|null);

                    /** Upsert observedAtMs */
                    observedAtMs?: (number|Long|null);

                    /** Upsert encoding */
                    encoding?: (castai.ingest.v2.BodyEncoding|null);

                    /** Upsert body */
                    body?: (Uint8Array|null);

                    /** Upsert findings */
                    findings?: (castai.ingest.v2.Findings.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Upsert. */
                type $Shape = castai.ingest.v2.Upsert.$Properties;
            }

            /**
             * Properties of a Findings.
             * @deprecated Use castai.ingest.v2.Findings.$Properties instead.
             */
            interface IFindings extends castai.ingest.v2.Findings.$Properties {
            }

            /** Represents a Findings. */
            class Findings {

                /**
                 * Constructs a new Findings.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.Findings.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Findings rules. */
                rules: string[];

                /**
                 * Encodes the specified Findings message. Does not implicitly {@link castai.ingest.v2.Findings.verify|verify} messages.
                 * @param message Findings message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.Findings.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Findings message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.Findings & castai.ingest.v2.Findings.$Shape} Findings
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.Findings & castai.ingest.v2.Findings.$Shape;
            }

            namespace Findings {

                /** Properties of a Findings. */
                interface $Properties {

                    /** Findings rules */
                    rules?: (string[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Findings. */
                type $Shape = castai.ingest.v2.Findings.$Properties;
            }

            /**
             * Properties of a Delete.
             * @deprecated Use castai.ingest.v2.Delete.$Properties instead.
             */
            interface IDelete extends castai.ingest.v2.Delete.$Properties {
            }

            /** Represents a Delete. */
            class Delete {

                /**
                 * Constructs a new Delete.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.Delete.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Delete feedId. */
                feedId: number;

                /** Delete uid. */
                uid: string;

                /** Delete namespace. */
                namespace: string;

                /** Delete name. */
                name: string;

                /** Delete resourceVersion. */
                resourceVersion: string;

                /** Delete observedAtMs. */
                observedAtMs: (number|Long);

                /**
                 * Encodes the specified Delete message. Does not implicitly {@link castai.ingest.v2.Delete.verify|verify} messages.
                 * @param message Delete message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.Delete.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Delete message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.Delete & castai.ingest.v2.Delete.$Shape} Delete
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.Delete & castai.ingest.v2.Delete.$Shape;
            }

            namespace Delete {

                /** Properties of a Delete. */
                interface $Properties {

                    /** Delete feedId */
                    feedId?: (number|null);

                    /** Delete uid */
                    uid?: (string|null);

                    /** Delete namespace */
                    namespace?: (string|null);

                    /** Delete name */
                    name?: (string|null);

                    /** Delete resourceVersion */
                    resourceVersion?: (string|null);

                    /** Delete observedAtMs */
                    observedAtMs?: (number|Long|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Delete. */
                type $Shape = castai.ingest.v2.Delete.$Properties;
            }

            /**
             * Properties of an Offer.
             * @deprecated Use castai.ingest.v2.Offer.$Properties instead.
             */
            interface IOffer extends castai.ingest.v2.Offer.$Properties {
            }

            /** Represents an Offer. */
            class Offer {

                /**
                 * Constructs a new Offer.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.Offer.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Offer feedId. */
                feedId: number;

                /** Offer uid. */
                uid: string;

                /** Offer resourceVersion. */
                resourceVersion: string;

                /**
                 * Encodes the specified Offer message. Does not implicitly {@link castai.ingest.v2.Offer.verify|verify} messages.
                 * @param message Offer message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.Offer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Offer message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.Offer & castai.ingest.v2.Offer.$Shape} Offer
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.Offer & castai.ingest.v2.Offer.$Shape;
            }

            namespace Offer {

                /** Properties of an Offer. */
                interface $Properties {

                    /** Offer feedId */
                    feedId?: (number|null);

                    /** Offer uid */
                    uid?: (string|null);

                    /** Offer resourceVersion */
                    resourceVersion?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Offer. */
                type $Shape = castai.ingest.v2.Offer.$Properties;
            }

            /**
             * Properties of a SnapshotBegin.
             * @deprecated Use castai.ingest.v2.SnapshotBegin.$Properties instead.
             */
            interface ISnapshotBegin extends castai.ingest.v2.SnapshotBegin.$Properties {
            }

            /** Represents a SnapshotBegin. */
            class SnapshotBegin {

                /**
                 * Constructs a new SnapshotBegin.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.SnapshotBegin.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SnapshotBegin feedId. */
                feedId: number;

                /** SnapshotBegin afresh. */
                afresh: boolean;

                /**
                 * Encodes the specified SnapshotBegin message. Does not implicitly {@link castai.ingest.v2.SnapshotBegin.verify|verify} messages.
                 * @param message SnapshotBegin message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.SnapshotBegin.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SnapshotBegin message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.SnapshotBegin & castai.ingest.v2.SnapshotBegin.$Shape} SnapshotBegin
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.SnapshotBegin & castai.ingest.v2.SnapshotBegin.$Shape;
            }

            namespace SnapshotBegin {

                /** Properties of a SnapshotBegin. */
                interface $Properties {

                    /** SnapshotBegin feedId */
                    feedId?: (number|null);

                    /** SnapshotBegin afresh */
                    afresh?: (boolean|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SnapshotBegin. */
                type $Shape = castai.ingest.v2.SnapshotBegin.$Properties;
            }

            /**
             * Properties of a SnapshotEnd.
             * @deprecated Use castai.ingest.v2.SnapshotEnd.$Properties instead.
             */
            interface ISnapshotEnd extends castai.ingest.v2.SnapshotEnd.$Properties {
            }

            /** Represents a SnapshotEnd. */
            class SnapshotEnd {

                /**
                 * Constructs a new SnapshotEnd.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.SnapshotEnd.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SnapshotEnd feedId. */
                feedId: number;

                /** SnapshotEnd resourceVersion. */
                resourceVersion: string;

                /** SnapshotEnd count. */
                count: (number|Long);

                /**
                 * Encodes the specified SnapshotEnd message. Does not implicitly {@link castai.ingest.v2.SnapshotEnd.verify|verify} messages.
                 * @param message SnapshotEnd message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.SnapshotEnd.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SnapshotEnd message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.SnapshotEnd & castai.ingest.v2.SnapshotEnd.$Shape} SnapshotEnd
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.SnapshotEnd & castai.ingest.v2.SnapshotEnd.$Shape;
            }

            namespace SnapshotEnd {

                /** Properties of a SnapshotEnd. */
                interface $Properties {

                    /** SnapshotEnd feedId */
                    feedId?: (number|null);

                    /** SnapshotEnd resourceVersion */
                    resourceVersion?: (string|null);

                    /** SnapshotEnd count */
                    count?: (number|Long|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SnapshotEnd. */
                type $Shape = castai.ingest.v2.SnapshotEnd.$Properties;
            }

            /**
             * Properties of a SnapshotAbort.
             * @deprecated Use castai.ingest.v2.SnapshotAbort.$Properties instead.
             */
            interface ISnapshotAbort extends castai.ingest.v2.SnapshotAbort.$Properties {
            }

            /** Represents a SnapshotAbort. */
            class SnapshotAbort {

                /**
                 * Constructs a new SnapshotAbort.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.SnapshotAbort.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SnapshotAbort feedId. */
                feedId: number;

                /** SnapshotAbort reason. */
                reason: string;

                /**
                 * Encodes the specified SnapshotAbort message. Does not implicitly {@link castai.ingest.v2.SnapshotAbort.verify|verify} messages.
                 * @param message SnapshotAbort message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.SnapshotAbort.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SnapshotAbort message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.SnapshotAbort & castai.ingest.v2.SnapshotAbort.$Shape} SnapshotAbort
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.SnapshotAbort & castai.ingest.v2.SnapshotAbort.$Shape;
            }

            namespace SnapshotAbort {

                /** Properties of a SnapshotAbort. */
                interface $Properties {

                    /** SnapshotAbort feedId */
                    feedId?: (number|null);

                    /** SnapshotAbort reason */
                    reason?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SnapshotAbort. */
                type $Shape = castai.ingest.v2.SnapshotAbort.$Properties;
            }

            /**
             * Properties of a FeedState.
             * @deprecated Use castai.ingest.v2.FeedState.$Properties instead.
             */
            interface IFeedState extends castai.ingest.v2.FeedState.$Properties {
            }

            /** Represents a FeedState. */
            class FeedState {

                /**
                 * Constructs a new FeedState.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.FeedState.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** FeedState feedId. */
                feedId: number;

                /** FeedState state. */
                state: castai.ingest.v2.State;

                /** FeedState reason. */
                reason: string;

                /**
                 * Encodes the specified FeedState message. Does not implicitly {@link castai.ingest.v2.FeedState.verify|verify} messages.
                 * @param message FeedState message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.FeedState.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a FeedState message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.FeedState & castai.ingest.v2.FeedState.$Shape} FeedState
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.FeedState & castai.ingest.v2.FeedState.$Shape;
            }

            namespace FeedState {

                /** Properties of a FeedState. */
                interface $Properties {

                    /** FeedState feedId */
                    feedId?: (number|null);

                    /** FeedState state */
                    state?: (castai.ingest.v2.State|null);

                    /** FeedState reason */
                    reason?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a FeedState. */
                type $Shape = castai.ingest.v2.FeedState.$Properties;
            }

            /** State enum. */
            enum State {

                /** STATE_UNSPECIFIED value */
                STATE_UNSPECIFIED = 0,

                /** SYNCED value */
                SYNCED = 1,

                /** FORBIDDEN value */
                FORBIDDEN = 2,

                /** ABSENT value */
                ABSENT = 3,

                /** DEGRADED value */
                DEGRADED = 4
            }

            /** BodyEncoding enum. */
            enum BodyEncoding {

                /** JSON value */
                JSON = 0,

                /** KUBERNETES_PROTOBUF value */
                KUBERNETES_PROTOBUF = 1
            }

            /**
             * Properties of an Ack.
             * @deprecated Use castai.ingest.v2.Ack.$Properties instead.
             */
            interface IAck extends castai.ingest.v2.Ack.$Properties {
            }

            /** Represents an Ack. */
            class Ack {

                /**
                 * Constructs a new Ack.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.Ack.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Ack epoch. */
                epoch: (number|Long);

                /** Ack receivedSeq. */
                receivedSeq: (number|Long);

                /** Ack processedSeq. */
                processedSeq: (number|Long);

                /** Ack entryCount. */
                entryCount: number;

                /** Ack limits. */
                limits?: (castai.ingest.v2.Limits.$Properties|null);

                /** Ack directives. */
                directives: castai.ingest.v2.Directive.$Properties[];

                /** Ack rejections. */
                rejections: castai.ingest.v2.Rejection.$Properties[];

                /** Ack wanted. */
                wanted: number[];

                /**
                 * Encodes the specified Ack message. Does not implicitly {@link castai.ingest.v2.Ack.verify|verify} messages.
                 * @param message Ack message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.Ack.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Ack message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.Ack & castai.ingest.v2.Ack.$Shape} Ack
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.Ack & castai.ingest.v2.Ack.$Shape;
            }

            namespace Ack {

                /** Properties of an Ack. */
                interface $Properties {

                    /** Ack epoch */
                    epoch?: (number|Long|null);

                    /** Ack receivedSeq */
                    receivedSeq?: (number|Long|null);

                    /** Ack processedSeq */
                    processedSeq?: (number|Long|null);

                    /** Ack entryCount */
                    entryCount?: (number|null);

                    /** Ack limits */
                    limits?: (castai.ingest.v2.Limits.$Properties|null);

                    /** Ack directives */
                    directives?: (castai.ingest.v2.Directive.$Properties[]|null);

                    /** Ack rejections */
                    rejections?: (castai.ingest.v2.Rejection.$Properties[]|null);

                    /** Ack wanted */
                    wanted?: (number[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Ack. */
                type $Shape = {
                  epoch?: number|Long|null;
                  receivedSeq?: number|Long|null;
                  processedSeq?: number|Long|null;
                  entryCount?: number|null;
                  limits?: castai.ingest.v2.Limits.$Shape|null;
                  directives?: castai.ingest.v2.Directive.$Shape[]|null;
                  rejections?: castai.ingest.v2.Rejection.$Shape[]|null;
                  wanted?: number[]|null;
                  $unknowns?: Uint8Array[];
                };
            }

            /**
             * Properties of a Directive.
             * @deprecated Use castai.ingest.v2.Directive.$Properties instead.
             */
            interface IDirective extends castai.ingest.v2.Directive.$Properties {
            }

            /** Represents a Directive. */
            class Directive {

                /**
                 * Constructs a new Directive.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.Directive.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Directive id. */
                id: string;

                /** Directive resync. */
                resync?: (castai.ingest.v2.Resync.$Properties|null);

                /** Directive directive. */
                directive?: "resync";

                /**
                 * Encodes the specified Directive message. Does not implicitly {@link castai.ingest.v2.Directive.verify|verify} messages.
                 * @param message Directive message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.Directive.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Directive message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.Directive & castai.ingest.v2.Directive.$Shape} Directive
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.Directive & castai.ingest.v2.Directive.$Shape;
            }

            namespace Directive {

                /** Properties of a Directive. */
                interface $Properties {

                    /** Directive id */
                    id?: (string|null);

                    /** Directive resync */
                    resync?: (castai.ingest.v2.Resync.$Properties|null);

                    /** Directive directive */
                    directive?: "resync";

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a Directive. */
                type $Shape = {
                  id?: string|null;
                  resync?: castai.ingest.v2.Resync.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ directive?: undefined; resync?: null }|{ directive?: "resync"; resync: castai.ingest.v2.Resync.$Shape })
                );
            }

            /**
             * Properties of a Resync.
             * @deprecated Use castai.ingest.v2.Resync.$Properties instead.
             */
            interface IResync extends castai.ingest.v2.Resync.$Properties {
            }

            /** Represents a Resync. */
            class Resync {

                /**
                 * Constructs a new Resync.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.Resync.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Resync feedIds. */
                feedIds: number[];

                /** Resync reason. */
                reason: string;

                /**
                 * Encodes the specified Resync message. Does not implicitly {@link castai.ingest.v2.Resync.verify|verify} messages.
                 * @param message Resync message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.Resync.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Resync message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.Resync & castai.ingest.v2.Resync.$Shape} Resync
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.Resync & castai.ingest.v2.Resync.$Shape;
            }

            namespace Resync {

                /** Properties of a Resync. */
                interface $Properties {

                    /** Resync feedIds */
                    feedIds?: (number[]|null);

                    /** Resync reason */
                    reason?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Resync. */
                type $Shape = castai.ingest.v2.Resync.$Properties;
            }

            /**
             * Properties of a Rejection.
             * @deprecated Use castai.ingest.v2.Rejection.$Properties instead.
             */
            interface IRejection extends castai.ingest.v2.Rejection.$Properties {
            }

            /** Represents a Rejection. */
            class Rejection {

                /**
                 * Constructs a new Rejection.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: castai.ingest.v2.Rejection.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Rejection entryIndex. */
                entryIndex: number;

                /** Rejection code. */
                code: string;

                /** Rejection seq. */
                seq: (number|Long);

                /**
                 * Encodes the specified Rejection message. Does not implicitly {@link castai.ingest.v2.Rejection.verify|verify} messages.
                 * @param message Rejection message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: castai.ingest.v2.Rejection.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Rejection message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {castai.ingest.v2.Rejection & castai.ingest.v2.Rejection.$Shape} Rejection
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): castai.ingest.v2.Rejection & castai.ingest.v2.Rejection.$Shape;
            }

            namespace Rejection {

                /** Properties of a Rejection. */
                interface $Properties {

                    /** Rejection entryIndex */
                    entryIndex?: (number|null);

                    /** Rejection code */
                    code?: (string|null);

                    /** Rejection seq */
                    seq?: (number|Long|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Rejection. */
                type $Shape = castai.ingest.v2.Rejection.$Properties;
            }
        }
    }
}
