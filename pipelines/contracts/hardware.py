"""Hardware and servers: what the cards can do, according to whom."""

from __future__ import annotations

from typing import Any

from pipelines.contracts.vocabulary import (
    NOT_GIVEN,
    Contract,
    Moment,
    Origin,
    Texts,
    flag,
    hashed,
    identifier,
    integer,
    list_length,
    moment,
    number,
    raw_json,
    table,
    text,
    texts,
)


def _peak(label: str, path: str) -> Any:
    return number(
        f"Peak {label} rate of one card, dense unless the vendor says otherwise",
        unit="1e12 op/s per card",
        source=f"compute.{path}.value",
        null="not supported or not given",
        ge=0,
    )


@table("main", grain=["hardware_key"], origin=Origin("hardware"))
class DimHardware(Contract):
    """One row per hardware id and version: an accelerator and its specification."""

    hardware_key: str = hashed("Key of this version")
    hardware_id: str = identifier("Id of the accelerator", source="id")
    hardware_name: str = text("Name as the publisher writes it", source="name")
    hardware_vendor: str = text("Vendor of the accelerator", source="vendor")
    generation: str = text("Generation of its architecture", source="generation", null=NOT_GIVEN)
    hardware_status: str = text(
        "Where it stands in its life cycle",
        source="status",
        null=NOT_GIVEN,
        known=["in-production"],
    )
    hardware_release_year: int = integer(
        "Year of release", unit="year", source="release_year", null=NOT_GIVEN, ge=1990, le=2100
    )
    form_factor: str = text(
        "How the card is mounted",
        source="form_factor",
        null=NOT_GIVEN,
        known=["oam", "pcie", "proprietary", "sxm"],
    )
    peak_fp4_tflops: float = _peak("FP4", "fp4_tflops")
    peak_fp8_tflops: float = _peak("FP8", "fp8_tflops")
    peak_bf16_tflops: float = _peak("BF16", "bf16_tflops")
    peak_fp16_tflops: float = _peak("FP16", "fp16_tflops")
    peak_int8_tops: float = _peak("INT8", "int8_tops")
    peak_tf32_tflops: float = _peak("TF32", "tf32_tflops")
    peak_fp32_tflops: float = _peak("FP32", "fp32_tflops")
    peak_fp64_tflops: float = _peak("FP64", "fp64_tflops")
    peak_int4_tops: float = _peak("INT4", "int4_tops")
    compute_unit_count: float = number(
        "Compute units of a card",
        unit="units",
        source="architecture.compute_unit_count.value",
        null=NOT_GIVEN,
        ge=0,
    )
    compute_unit_label: str = text(
        "What the vendor calls a compute unit",
        source="architecture.compute_unit_label",
        null=NOT_GIVEN,
    )
    hbm_stacks: float = number(
        "Memory stacks of a card",
        unit="stacks",
        source="architecture.hbm_stacks.value",
        null=NOT_GIVEN,
        ge=0,
    )
    process_node_nm: float = number(
        "Process node that the chip is made in",
        unit="nm",
        source="architecture.process_node_nm.value",
        null=NOT_GIVEN,
        ge=0,
    )
    pcie_gen: float = number(
        "Generation of its PCIe interface",
        unit="generation",
        source="architecture.pcie_gen.value",
        null=NOT_GIVEN,
        ge=0,
    )
    pcie_lanes: float = number(
        "Lanes of its PCIe interface",
        unit="lanes",
        source="architecture.pcie_lanes.value",
        null=NOT_GIVEN,
        ge=0,
    )
    tensor_cores_per_cu: float = number(
        "Tensor cores of a compute unit",
        unit="cores",
        source="architecture.tensor_cores_per_cu.value",
        null=NOT_GIVEN,
        ge=0,
    )
    l2_cache_mb: float = number(
        "Last-level cache of a card",
        unit="MB",
        source="architecture.l2_cache_mb.value",
        null=NOT_GIVEN,
        ge=0,
    )
    die_area_mm2: float = number(
        "Area of the die",
        unit="mm2",
        source="architecture.die_area_mm2.value",
        null=NOT_GIVEN,
        ge=0,
    )
    transistor_count_b: float = number(
        "Transistors of a card",
        unit="1e9 transistors",
        source="architecture.transistor_count_b.value",
        null=NOT_GIVEN,
        ge=0,
    )
    memory_capacity_gb: float = number(
        "Memory of one card",
        unit="GB (1e9 bytes) per card",
        source="memory.capacity_gb.value",
        null=NOT_GIVEN,
        ge=0,
    )
    memory_bandwidth_gb_s: float = number(
        "Memory bandwidth of one card; the feed's `gbps` are gigabytes",
        unit="GB/s per card",
        source="memory.bandwidth_gbps.value",
        null=NOT_GIVEN,
        ge=0,
    )
    memory_type: str = text(
        "Memory technology",
        source="memory.type",
        null=NOT_GIVEN,
        known=["GDDR6", "HBM2e", "HBM3", "HBM3e"],
    )
    scale_up_protocol: str = text(
        "Protocol inside the scale-up domain", source="scale_up.protocol", null=NOT_GIVEN
    )
    scale_up_bandwidth_gb_s: float = number(
        "Scale-up bandwidth of one card, both directions added; the feed's `gbps` are gigabytes",
        unit="GB/s per card",
        source="scale_up.bandwidth_gbps",
        null=NOT_GIVEN,
        ge=0,
    )
    scale_up_world_size: int = integer(
        "Cards in a scale-up domain", unit="cards", source="scale_up.world_size", null=NOT_GIVEN
    )
    scale_up_topology: str = text(
        "Topology of the scale-up domain", source="scale_up.topology", null=NOT_GIVEN
    )
    scale_up_switch: str = text(
        "Switch of the scale-up domain", source="scale_up.switch", null=NOT_GIVEN
    )
    scale_out_bandwidth_gbit_s: float = number(
        "Network bandwidth between nodes, of one card; the feed's `gbps` are gigabits",
        unit="Gbit/s per card",
        source="scale_out.bandwidth_gbps_per_card",
        null=NOT_GIVEN,
        ge=0,
    )
    scale_out_protocol: str = text(
        "Protocol of the network between nodes", source="scale_out.protocol", null=NOT_GIVEN
    )
    scale_out_nic: str = text("Network card between nodes", source="scale_out.nic", null=NOT_GIVEN)
    tdp_w: float = number(
        "Thermal design power of one card",
        unit="W per card",
        source="power.tdp_w.value",
        null=NOT_GIVEN,
        ge=0,
    )
    drivers: Texts = texts(
        "Driver stacks listed", source="software_support.drivers", null=NOT_GIVEN
    )
    parallelism: Texts = texts(
        "Parallelism schemes listed", source="software_support.parallelism", null=NOT_GIVEN
    )
    listed_engine_count: int = list_length(
        "Engines listed as supported (bridge_hardware_engine)",
        source="software_support.engines",
        null="the list is absent: nothing is claimed",
    )
    listed_quant_count: int = list_length(
        "Quantizations listed as supported (bridge_hardware_quant)",
        source="software_support.quantizations",
        null="the list is absent: nothing is claimed",
    )
    hardware_aliases: Texts = texts("Other names of it", source="aliases", null=NOT_GIVEN)
    hardware_chinese_names: Texts = texts(
        "Its names in Chinese", source="chinese_names", null=NOT_GIVEN
    )
    photos_json: str = raw_json(
        "Photos: where they are and whose, as JSON", source="photos", null=NOT_GIVEN
    )
    disclaimers: Texts = texts("The publisher's caveats", source="disclaimers", null=NOT_GIVEN)
    evidence_count: int = list_length(
        "Evidence items (bridge_hardware_evidence)", source="evidence", null=NOT_GIVEN
    )
    valid_from: Moment = moment("Time of the first snapshot that shows this version")
    valid_to: Moment = moment(
        "Time of the first snapshot that shows the next version", null="still valid"
    )
    is_current: bool = flag("Whether this is the newest version of its id")


@table("main", grain=["hardware_key", "attribute"])
class FactHardwareSpec(Contract):
    """One row per hardware version and attribute that the feed names: value and provenance.

    An attribute that the feed gives as null has a row with a NULL value; one that the
    feed leaves out has no row. Either is the same version.
    """

    hardware_key: str = hashed("Version of the hardware", references="dim_hardware.hardware_key")
    hardware_id: str = identifier("Id of the accelerator")
    attribute: str = text("The column of dim_hardware that holds the value")
    source_path: str = text("Path inside the feed's hardware object")
    value: float = number(
        "`value` of that field of the feed",
        unit="see `unit`",
        null="the feed names the field and gives null",
    )
    unit: str = text("Unit of the value")
    evidence_id: str = text(
        "`evidence_ref` of that field: evidence of the same hardware", null="no evidence named"
    )
    evidence_key: str = hashed(
        "Version of that evidence",
        references="dim_evidence.evidence_key",
        null="no evidence named, or it does not exist (dangling)",
    )
    tier: str = text(
        "Tier that this evidence declares", null="no evidence named, or it does not exist"
    )


@table(
    "main",
    grain=["hardware_key", "ordinal"],
    origin=Origin("hardware", each="software_support.engines"),
)
class BridgeHardwareEngine(Contract):
    """One row per hardware version and engine that it lists as supported."""

    hardware_key: str = hashed("Version of the hardware", references="dim_hardware.hardware_key")
    hardware_id: str = identifier("Id of the accelerator")
    ordinal: int = integer("Position in the feed's list, from 0")
    engine_id: str = text("Id of the engine", source="id")
    support_status: str = text(
        "Who supports it",
        source="status",
        null=NOT_GIVEN,
        known=["officially-supported", "community-port"],
    )
    versions: Texts = texts(
        "Versions of the engine that it lists", source="versions", null=NOT_GIVEN
    )
    notes: str = text("The publisher's notes", source="notes", null=NOT_GIVEN)


@table(
    "main",
    grain=["hardware_key", "ordinal"],
    origin=Origin("hardware", each="software_support.quantizations"),
)
class BridgeHardwareQuant(Contract):
    """One row per hardware version and quantization that it lists as supported."""

    hardware_key: str = hashed("Version of the hardware", references="dim_hardware.hardware_key")
    hardware_id: str = identifier("Id of the accelerator")
    ordinal: int = integer("Position in the feed's list, from 0")
    quant_id: str = text("Id of the quantization", source="")


@table("main", grain=["server_key"], origin=Origin("server"))
class DimServer(Contract):
    """One row per server id and version: the machine around the cards."""

    server_key: str = hashed("Key of this version")
    server_id: str = identifier("Id of the server", source="id")
    server_name: str = text("Name of the server", source="name")
    server_vendor: str = text("Vendor of the server", source="vendor", null=NOT_GIVEN)
    server_type: str = text(
        "Kind of server",
        source="type",
        null=NOT_GIVEN,
        known=["integrated-server", "pod", "super-pod"],
    )
    server_card_id: str = text("Hardware id of its cards", source="card", null=NOT_GIVEN)
    server_card_count: int = integer(
        "Cards in the server", unit="cards", source="card_count", null=NOT_GIVEN
    )
    scale_up_domain_size: int = integer(
        "Cards in a scale-up domain", unit="cards", source="scale_up_domain_size", null=NOT_GIVEN
    )
    server_intra_node_interconnect: str = text(
        "Interconnect inside a node", source="intra_node_interconnect", null=NOT_GIVEN
    )
    server_inter_node_interconnect: str = text(
        "Interconnect between nodes", source="inter_node_interconnect", null=NOT_GIVEN
    )
    cooling: str = text(
        "How it is cooled", source="cooling", null=NOT_GIVEN, known=["air", "liquid"]
    )
    rack_power_kw: float = number(
        "Power of the whole server", unit="kW", source="rack_power_kw", null=NOT_GIVEN, ge=0
    )
    total_memory_gb: float = number(
        "Memory of all cards", unit="GB", source="total_memory_gb", null=NOT_GIVEN, ge=0
    )
    total_compute_bf16_pflops: float = number(
        "Peak BF16 rate of all cards",
        unit="1e15 op/s",
        source="total_compute_pflops_bf16",
        null=NOT_GIVEN,
        ge=0,
    )
    server_release_year: int = integer(
        "Year of release", unit="year", source="release_year", null=NOT_GIVEN, ge=1990, le=2100
    )
    server_aliases: Texts = texts("Other names of it", source="aliases", null=NOT_GIVEN)
    server_chinese_names: Texts = texts(
        "Its names in Chinese", source="chinese_names", null=NOT_GIVEN
    )
    evidence_count: int = list_length(
        "Evidence items (bridge_server_evidence)", source="evidence", null=NOT_GIVEN
    )
    valid_from: Moment = moment("Time of the first snapshot that shows this version")
    valid_to: Moment = moment(
        "Time of the first snapshot that shows the next version", null="still valid"
    )
    is_current: bool = flag("Whether this is the newest version of its id")
