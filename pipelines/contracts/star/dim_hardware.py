"""Accelerators and their specifications."""

from __future__ import annotations

from typing import Any

from pipelines.contracts import Contract, Origin, table
from pipelines.contracts.star.dim_engine import NO_LIST
from pipelines.contracts.vocabulary import (
    NOT_GIVEN,
    Moment,
    Texts,
    as_in,
    carried,
    hashed,
    identifier,
    integer,
    list_length,
    number,
    raw_json,
    text,
    texts,
)


def _peak(label: str, path: str) -> Any:
    return number(
        f"Peak {label} rate of one card; dense unless the vendor says otherwise",
        unit="1e12 op/s per card",
        source=f"compute.{path}.value",
        null="not supported, or not given",
    )


@table(grain=["hardware_key"], origin=Origin("hardware"))
class DimHardware(Contract):
    """One row per accelerator id and version of its specification."""

    hardware_key: str = hashed("Key of the hardware version")
    hardware_id: str = identifier("Id of the accelerator", source="id")
    source_id: str = carried("dimension_version.source_id")
    hardware_name: str = text("Name of the accelerator", source="name")
    hardware_vendor: str = text("Vendor of the accelerator", source="vendor")
    generation: str = text("Architecture generation", source="generation", null=NOT_GIVEN)
    hardware_status: str = text(
        "Life-cycle status",
        source="status",
        null=NOT_GIVEN,
        known=["in-production"],
    )
    hardware_release_year: int = integer(
        "Year of release", unit="year", source="release_year", null=NOT_GIVEN, ge=1990, le=2100
    )
    form_factor: str = text(
        "Form factor of the card",
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
        "Vendor's name for a compute unit",
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
        "Process node of the chip",
        unit="nm",
        source="architecture.process_node_nm.value",
        null=NOT_GIVEN,
        ge=0,
    )
    pcie_gen: float = number(
        "PCIe generation",
        unit="generation",
        source="architecture.pcie_gen.value",
        null=NOT_GIVEN,
        ge=0,
    )
    pcie_lanes: float = number(
        "PCIe lanes of a card",
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
        "Memory of one card (CAP in formulas)",
        unit="GB (1e9 bytes) per card",
        source="memory.capacity_gb.value",
        null=NOT_GIVEN,
    )
    memory_bytes_reported: float = number(
        "Memory of one card as its driver reports it",
        unit="bytes per card",
        source="memory.bytes_reported",
        null=NOT_GIVEN,
        ge=0,
    )
    memory_bandwidth_gb_s: float = number(
        "Memory bandwidth of one card (BW in formulas); the feed's `gbps` are gigabytes",
        unit="GB/s per card",
        source="memory.bandwidth_gbps.value",
        null=NOT_GIVEN,
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
        "Scale-up bandwidth of one card, both directions together; the feed's `gbps` are gigabytes",
        unit="GB/s per card",
        source="scale_up.bandwidth_gbps",
        null=NOT_GIVEN,
        ge=0,
    )
    scale_up_world_size: int = integer(
        "Cards in the scale-up domain of the accelerator",
        unit="cards",
        source="scale_up.world_size",
        null=NOT_GIVEN,
        ge=None,
    )
    scale_up_topology: str = text(
        "Topology of the scale-up domain", source="scale_up.topology", null=NOT_GIVEN
    )
    scale_up_switch: str = text(
        "Switch of the scale-up domain", source="scale_up.switch", null=NOT_GIVEN
    )
    scale_out_bandwidth_gbit_s: float = number(
        "Network bandwidth of one card between nodes; the feed's `gbps` are gigabits",
        unit="Gbit/s per card",
        source="scale_out.bandwidth_gbps_per_card",
        null=NOT_GIVEN,
        ge=0,
    )
    scale_out_protocol: str = text(
        "Protocol of the network between nodes", source="scale_out.protocol", null=NOT_GIVEN
    )
    scale_out_nic: str = text(
        "Network card for traffic between nodes", source="scale_out.nic", null=NOT_GIVEN
    )
    tdp_w: float = number(
        "Thermal design power of one card",
        unit="W per card",
        source="power.tdp_w.value",
        null=NOT_GIVEN,
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
        null=NO_LIST,
    )
    listed_quant_count: int = list_length(
        "Quantizations listed as supported (bridge_hardware_quant)",
        source="software_support.quantizations",
        null=NO_LIST,
    )
    hardware_aliases: Texts = texts(
        "Other names of the accelerator", source="aliases", null=NOT_GIVEN
    )
    hardware_chinese_names: Texts = texts(
        "Chinese names of the accelerator", source="chinese_names", null=NOT_GIVEN
    )
    photos_json: str = raw_json(
        "Photos with their URLs and credits, as JSON", source="photos", null=NOT_GIVEN
    )
    disclaimers: Texts = texts("Caveats of the publisher", source="disclaimers", null=NOT_GIVEN)
    evidence_count: int = list_length(
        as_in("fact_case_history.evidence_count"), source="evidence", null=NOT_GIVEN
    )
    valid_from: Moment = carried("dimension_version.valid_from")
    valid_to: Moment = carried("dimension_version.valid_to")
    is_current: bool = carried("dimension_version.is_current")
    is_latest: bool = carried("dimension_version.is_latest")
